"""Runs that a worker carries out: the same outcomes as on one machine, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mermaid_flow.engine.approvals import Person, approve
from mermaid_flow.engine.cancellation import CancelLevel, request_cancel
from mermaid_flow.engine.distributed.database import Database
from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.executor import execute
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Answer, ApprovalNeeded, HandedHome, Policy, RetryPolicy, Visit
from mermaid_flow.engine.scheduler import fold
from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import Result
from tests.engine.distributed.cluster import Cluster, serving
from tests.engine.random_graphs import Script, random_graph
from tests.engine.running import FakeWorker, Gate, fails, fails_until, new_folder, statuses

QUICK = Options(grace=0.2, poll=0.02)


@pytest.fixture(scope="module")
def cluster(module_url: str, module_folder: Path) -> Iterator[Cluster]:
    with serving(Database(module_url), module_folder) as found:
        yield found


class Scripted(FakeWorker):
    """Does what the script of a random graph says."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.script = script

    def execute(self, visit: Visit) -> Result:
        self._fate(visit)
        return Result({"by": visit.node.id, "seen": sorted(visit.values)})

    def decide(self, visit: Visit) -> Answer:
        return Answer("x", tuple(sorted(self._fate(visit))), (), "test")

    def _fate(self, visit: Visit) -> frozenset[int]:
        fate = self.script.fate(visit.node.id, visit.number)
        if fate.kind not in ("done", "declared"):
            raise RuntimeError(fate.kind)
        return fate.edges


@given(seed=st.integers(0, 10**6))
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_random_graphs_end_as_they_do_on_one_machine(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    _, graph = random_graph(Random(seed), ("loops", "catch", "weak", "stages", "rollback"))
    script = Script(graph, seed)
    folder = new_folder(tmp_path_factory.mktemp("embedded"), graph)
    execute(graph, folder, Scripted(script), options=QUICK)
    with folder.journal() as journal:
        embedded = list(journal.read())
    distributed = cluster.run(graph, Scripted(script)).events()
    assert fold(graph, distributed) == fold(graph, embedded)
    assert _values(distributed) == _values(embedded)


def _values(events: list[Event]) -> dict[tuple[str | None, int], object]:
    return {
        (event.node, event.visit): event.data["values"] for event in events if event.type is EventType.NODE_SUCCEEDED
    }


def test_a_visit_sees_the_values_of_its_ancestors_and_leaves_its_own(cluster: Cluster) -> None:
    worker = FakeWorker({"A": lambda _: {"x": 1}, "B": lambda visit: {"y": visit.values["A"]["x"]}})
    record = cluster.run("A --> B", worker).record()
    assert record.status is RunStatus.SUCCEEDED
    assert record.values == {"A": {"x": 1}, "B": {"y": 1}}
    assert worker.ran == ["A", "B"]


def test_retries_and_their_patterns_hold_elsewhere(cluster: Cluster) -> None:
    retry = Policy(RetryPolicy(attempts=3, delay=0.01, jitter=False, patterns=("RuntimeError: come back",)))
    worker = FakeWorker({"A": fails_until(3, "come back"), "B": fails("never")}, policies={"A": retry, "B": retry})
    record = cluster.run("A --> C\nB --> D", worker).record()
    assert statuses(record) == {"A": "succeeded", "C": "succeeded", "B": "failed", "D": "blocked"}
    assert worker.ran.count("A") == 3
    assert worker.ran.count("B") == 1


def test_errors_are_recorded_without_secrets(cluster: Cluster) -> None:
    def leaks(visit: Visit) -> object:
        visit.emit(Event(EventType.NOTICE, "A", data={"message": "s3cret too"}))
        raise MflowError("s3cret is out", code="leak", hint="hide s3cret")

    play = cluster.run("A", FakeWorker({"A": leaks}), hidden=("s3cret",))
    error = play.record().nodes["A"].visits[0].error
    assert error is not None and error.code == "leak" and "is out" in error.message
    assert not [event for event in play.events() if "s3cret" in str(event.data)]
    assert [event.visit for event in play.events() if event.type is EventType.NOTICE] == [1]


def test_a_time_limit_counts_from_the_start_elsewhere(cluster: Cluster) -> None:
    worker = FakeWorker(
        {"A": Gate(), "B": Gate(heeds_cancellation=False)},
        policies={"A": Policy(timeout=0.05), "B": Policy(timeout=0.05), "C": Policy(timeout=30)},
    )
    record = cluster.run("A\nB\nC", worker).record()
    worker.actions["B"].opened.set()  # type: ignore[attr-defined]  # a Gate
    assert statuses(record) == {"A": "failed", "B": "failed", "C": "succeeded"}
    errors = [visit.error.code for visit in record.visits if visit.error]
    assert errors == ["timeout", "timeout"]


def test_a_person_lets_a_node_go_on_while_the_run_waits(cluster: Cluster) -> None:
    def asks(_: Visit) -> object:
        raise ApprovalNeeded("Really?", ("yes", "no"))

    play = cluster.lay("A --> B", FakeWorker({"A": asks}))
    cluster.queue(play)
    _await_event(play, EventType.NODE_WAITING)
    with play.run.journal() as journal:
        approve(journal, "A", Person("alice"), choice="yes")
    cluster.wait(play)
    assert play.record().status is RunStatus.SUCCEEDED


def test_a_run_that_waits_can_end_and_be_resumed(cluster: Cluster) -> None:
    options = Options(grace=0.2, poll=0.02, wait=False)
    play = cluster.run("A --> H{{OK?}} --> B", FakeWorker(), options)
    assert play.record().status is RunStatus.WAITING
    with play.run.journal() as journal:
        approve(journal, "H", Person("alice"))
    cluster.queue(play, options, home=f"{play.run.id}:2")
    cluster.wait(play)
    assert play.record().status is RunStatus.SUCCEEDED
    assert play.worker.ran == ["A", "B"]


def test_what_failed_runs_again_on_resume_and_nothing_else_does(cluster: Cluster) -> None:
    worker = FakeWorker({"B": fails()})
    play = cluster.run("A --> B --> C", worker)
    worker.actions = {}
    cluster.queue(play, home=f"{play.run.id}:2")
    cluster.wait(play)
    assert statuses(play.record()) == dict.fromkeys("ABC", "succeeded")
    assert worker.ran == ["A", "B", "B", "C"]


@pytest.mark.parametrize("level", [CancelLevel.FINISH, CancelLevel.INTERRUPT])
def test_cancelling_reaches_visits_elsewhere(cluster: Cluster, level: CancelLevel) -> None:
    gate = Gate()
    play = cluster.lay("A --> B", FakeWorker({"A": gate}))
    cluster.queue(play)
    assert gate.entered.wait(30)
    with play.run.journal() as journal:
        request_cancel(journal, level)
    if level is CancelLevel.FINISH:
        gate.opened.set()
    cluster.wait(play)
    record = play.record()
    assert record.status is RunStatus.CANCELLED
    assert statuses(record)["A"] == ("succeeded" if level is CancelLevel.FINISH else "cancelled")


def test_failing_fast_stops_visits_elsewhere(cluster: Cluster) -> None:
    gate = Gate()

    def fails_when_the_other_runs(_: Visit) -> object:
        gate.entered.wait(30)
        raise RuntimeError("boom")

    options = Options(grace=0.2, poll=0.02, fail_fast=True)
    record = cluster.run("A\nB", FakeWorker({"A": fails_when_the_other_runs, "B": gate}), options).record()
    assert statuses(record) == {"A": "failed", "B": "cancelled"}


def test_a_visit_that_cannot_run_elsewhere_runs_at_home(cluster: Cluster) -> None:
    def needs_home(_: Visit) -> object:
        raise HandedHome

    play = cluster.lay("A --> B", FakeWorker({"A": needs_home}))
    play.at_home.actions = {"A": lambda _: {"where": "home"}}
    cluster.queue(play)
    cluster.wait(play)
    assert play.record().values == {"A": {"where": "home"}}
    assert play.at_home.ran == ["A"]
    assert play.worker.ran == ["A", "B"]


def test_a_worker_that_cannot_read_the_diagram_fails_the_node(cluster: Cluster) -> None:
    play = cluster.lay("A", FakeWorker())

    def find(_: object) -> object:
        raise MflowError("there is no handler file", code="handlers.missing")

    visits = cluster.service.visits if cluster.service else None
    assert visits is not None
    kept, visits._find = visits._find, find  # type: ignore[assignment]  # as a project that this worker cannot read
    try:
        cluster.queue(play)
        cluster.wait(play)
    finally:
        visits._find = kept
    error = play.record().nodes["A"].visits[0].error
    assert error is not None and error.code == "handlers.missing"


def test_what_keeps_a_run_from_going_on_is_the_result_of_its_workflow(cluster: Cluster) -> None:
    assert cluster.service is not None
    unknown = cluster.lay("A", FakeWorker())
    cluster.plays.pop(unknown.run.id)
    cluster.queue(unknown)
    cluster.wait(unknown)
    (workflow,) = cluster.service.client.list_workflows(workflow_ids=[unknown.run.id])
    assert workflow.output["error"]["message"].startswith("KeyError")
    misread = cluster.lay("A", FakeWorker())
    cluster.queue(misread, start_from="nowhere")
    cluster.wait(misread)
    assert statuses(misread.record()) == {"A": "succeeded"}  # a fresh run has nothing to start from again
    cluster.queue(misread, start_from="nowhere", home=f"{misread.run.id}:2")
    cluster.wait(misread)
    (workflow,) = cluster.service.client.list_workflows(workflow_ids=[f"{misread.run.id}:2"])
    assert workflow.output["error"]["code"] == "node.unknown"


def _await_event(play: object, kind: EventType) -> None:
    from mermaid_flow.engine.follow import follow

    for event in follow(play.run):  # type: ignore[attr-defined]  # a Play
        if event.type is kind:
            return
    raise AssertionError(f"no {kind}")
