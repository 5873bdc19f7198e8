from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.visits import Changes
from mermaid_flow.render.looks import Look
from mermaid_flow.render.progress import RunProgress, answer_of
from tests.render.recorded import graph_of, recorded
from tests.render.recorded_sequence import recorded_sequence


def progress_of(text="A{Ok?} --> B --> C"):
    return RunProgress.of_graph(graph_of(text))


def take(progress, kind, node=None, visit=1, at=100.0, **data):
    progress.take(Event(kind, node, visit, data, 1, at))


def test_boxes_are_in_source_order_with_the_subgraphs_around_them():
    progress = progress_of("subgraph Outer\nsubgraph Inner\nB\nend\nA\nend\nC")
    assert {node.id: node.stages for node in progress.nodes.values()} == {
        "B": ("Outer", "Inner"),
        "A": ("Outer",),
        "C": (),
    }


def test_it_agrees_with_the_record_of_a_whole_run():
    record = recorded(
        "A{Ok?} -->|yes| B[Skip] --> C{{Sure?}} --> D --> E\nA -->|no| F\nD -->|on error| G",
        {"B": {"skip": "not asked"}, "D": {"fail": "boom"}},
    )
    progress = RunProgress.of_record(record)
    for event in record.events:
        progress.take(event)
    looks = {node.id: node.look for node in progress.nodes.values()}
    assert looks == {
        "A": Look.SUCCEEDED,
        "B": Look.NOTHING_TO_DO,
        "C": Look.SUCCEEDED,
        "D": Look.FAILED,
        "E": Look.SKIPPED,
        "F": Look.SKIPPED,
        "G": Look.SUCCEEDED,
    }
    assert progress.status is record.status
    assert progress.began == record.started
    assert progress.nodes["A"].note == "yes  (vars/dev.yaml:3:7)"
    assert progress.nodes["B"].note == "not asked"
    assert progress.nodes["C"].note == "approved by alice"
    assert (progress.nodes["D"].note, progress.nodes["D"].hint) == ("boom", "look at the log")


def test_resources_count_for_the_box_that_declared_them_whoever_applies_them():
    progress = progress_of()
    take(progress, EventType.NODE_STARTED, "B", attempt=1)
    take(progress, EventType.NODE_SUCCEEDED, "B", declared=True, seconds=0.1)
    node = progress.nodes["B"]
    assert node.prepared
    assert not node.settled
    take(progress, EventType.NODE_STARTED, "C", attempt=1)
    resource = {"component": "c", "address": "module.x[0].aws_vpc.this", "action": "create"}
    take(progress, EventType.RESOURCE, "B", state="planned", **resource)
    take(progress, EventType.RESOURCE, "B", at=105.0, state="started", **resource)
    take(progress, EventType.RESOURCE, "B", at=110.0, state="started", **resource)
    assert [(found.name, found.began) for found in node.working] == [("aws_vpc.this", 105.0)]
    assert node.active
    assert node.changes == Changes(1)
    take(progress, EventType.RESOURCE, "B", state="complete", seconds=9, **resource)
    assert not node.active
    assert node.settled
    assert [found.seconds for found in progress.of_component("c")] == [9]
    assert progress.of_component("other") == []


def test_reading_is_no_change():
    progress = progress_of()
    take(progress, EventType.RESOURCE, "B", component="c", address="data.x", action="read", state="started")
    assert not progress.nodes["B"].resources


def test_what_was_declared_counts_as_done_once_everything_is_applied():
    progress = progress_of()
    take(progress, EventType.NODE_SUCCEEDED, "B", declared=True)
    take(progress, EventType.PLAN, component="c", add=0, change=0, destroy=0)
    assert progress.nodes["B"].prepared
    take(progress, EventType.APPLIED, component="c", add=0, change=0, destroy=0, seconds=2)
    assert progress.nodes["B"].settled
    component = progress.components["c"]
    assert (component.planned, component.applied, component.seconds) == (Changes(), Changes(), 2)


def test_a_further_visit_begins_anew():
    progress = progress_of()
    take(progress, EventType.NODE_FAILED, "B", error={"message": "boom"})
    take(progress, EventType.NODE_STARTED, "B", visit=2, attempt=1)
    node = progress.nodes["B"]
    assert (node.visit, node.look, node.note) == (2, Look.RUNNING, "")


def test_attempts_waiting_cancelling_and_starting_over():
    progress = progress_of()
    take(progress, EventType.NODE_STARTED, "B")
    take(progress, EventType.NODE_RETRIED, "B", attempt=1, error={"message": "no network"})
    assert progress.nodes["B"].note == "attempt 1 failed: no network"
    take(progress, EventType.NODE_STARTED, "B", attempt=2)
    assert progress.nodes["B"].attempt == 2
    take(progress, EventType.NODE_CANCELLED, "B", at=103.0)
    assert (progress.nodes["B"].look, progress.nodes["B"].seconds) == (Look.CANCELLED, 3.0)
    take(progress, EventType.NODE_CANCELLED, "B", error={"message": "stopped"})
    assert progress.nodes["B"].note == "stopped"
    take(progress, EventType.NODE_RESET, "B", reason="from")
    assert progress.nodes["B"].look is Look.NOT_REACHED
    take(progress, EventType.NODE_WAITING, "C", prompt="Sure?")
    assert (progress.nodes["C"].look, progress.nodes["C"].active) == (Look.WAITING, True)
    take(progress, EventType.NODE_APPROVED, "C", by="bob", choice="yes")
    assert progress.nodes["C"].note == "approved by bob: yes"
    take(progress, EventType.NODE_REJECTED, "C", by="bob")
    assert (progress.nodes["C"].look, progress.nodes["C"].note) == (Look.FAILED, "rejected by bob")


def test_only_what_directly_follows_a_failure_says_so():
    progress = progress_of("A --> B --> C")
    take(progress, EventType.NODE_FAILED, "A", error={"message": "boom"})
    take(progress, EventType.NODE_BLOCKED, "B", because=["A"])
    take(progress, EventType.NODE_BLOCKED, "C", because=["B"])
    assert [node.note for node in progress.nodes.values()] == ["boom", "blocked by A", ""]


def test_a_result_that_was_kept_is_unchanged():
    progress = progress_of()
    take(progress, EventType.NODE_SUCCEEDED, "B", reused={"visit": 1})
    assert progress.nodes["B"].note == "unchanged"


def test_a_run_that_goes_on_again_runs_from_its_first_start():
    progress = progress_of()
    take(progress, EventType.RUN_STARTED, at=1.0)
    take(progress, EventType.RUN_FINISHED, at=2.0, status="failed")
    assert progress.status is RunStatus.FAILED
    take(progress, EventType.RUN_STARTED, at=3.0, resumed=True)
    assert (progress.status, progress.began) == (RunStatus.RUNNING, 1.0)


def test_events_of_unknown_nodes_and_of_components_have_a_name_too():
    progress = progress_of()
    take(progress, EventType.NODE_STARTED, "later", attempt=1)
    assert progress.label(Event(EventType.NODE_STARTED, "later")) == "later"
    assert progress.label(Event(EventType.NODE_STARTED, "A")) == "Ok?"
    assert progress.label(Event(EventType.NODE_STARTED, "nobody")) == "nobody"
    assert progress.label(Event(EventType.PLAN, data={"component": "dev/it"})) == "dev/it"
    assert progress.label(Event(EventType.RUN_STARTED)) == ""


def test_answers_with_and_without_an_origin():
    assert (
        answer_of({"labels": ["SQS", "S3"], "where": "vars.yaml:1:1", "source": "vars"}) == "SQS, S3  (vars.yaml:1:1)"
    )
    assert answer_of({"labels": [""], "source": "default"}) == "default  (default)"
    assert answer_of({}) == "default"


def test_the_steps_of_a_sequence_come_along_as_they_begin():
    record = recorded_sequence("sequenceDiagram\nloop For each x\nA->>B: Plan it\nend", {"loop1": ["dev"]})
    assert record.tree is not None
    progress = RunProgress.of_graph(record.tree)
    assert progress.nodes == {}
    for event in record.events:
        progress.take(event)
    assert {node.label: node.look for node in progress.nodes.values()} == {
        "For each x": Look.SUCCEEDED,
        "Plan it (dev)": Look.SUCCEEDED,
    }
    assert list(RunProgress.of_record(record).nodes) == list(record.nodes)


def test_a_step_that_became_another_one_between_its_visits_is_called_so():
    progress = RunProgress(())
    take(progress, EventType.NODE_STARTED, "3", label="Bill")
    take(progress, EventType.NODE_STARTED, "3", 2, label="Thank")
    assert progress.nodes["3"].label == "Thank"
