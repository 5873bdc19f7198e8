"""The rules of docs/semantics.md, section 1.2: joins, forks, decisions, subgraphs, the end, the order."""

from __future__ import annotations

import pytest

from mermaid_flow.engine.events import EdgeStatus, Event, EventType, NodeStatus, RunStatus
from mermaid_flow.engine.scheduler import Decide, Finish, Record, Scheduler, Settle, Start, fold
from mermaid_flow.errors import MflowError
from tests.engine.playing import Play, flow


def test_a_line_runs_one_node_after_the_other() -> None:
    play = Play("A --> B --> C")
    assert play.started == ["A"]
    play.do("A")
    assert play.started == ["B"]
    play.do("B")
    assert play.started == ["C"]
    assert play.finish() is RunStatus.SUCCEEDED


def test_a_node_without_in_edges_is_an_entry_and_several_are_fine() -> None:
    assert Play("A --> C\nB --> C\nD").started == ["A", "B", "D"]


def test_an_empty_diagram_ends_at_once() -> None:
    play = Play("flowchart TD")
    assert play.status is RunStatus.SUCCEEDED
    assert play.scheduler.finished


def test_several_out_edges_of_a_node_all_fire() -> None:
    play = Play("A --> B & C & D")
    play.do("A")
    assert play.started == ["B", "C", "D"]


def test_a_join_waits_for_every_in_edge() -> None:
    play = Play("A --> J\nB --> J")
    play.do("A")
    assert "J" not in play.started
    play.do("B")
    assert play.started == ["J"]


def test_a_join_runs_once_when_one_in_edge_was_taken_and_the_others_were_skipped() -> None:
    play = Play("D{?} -->|Yes| A --> J\nD -->|No| B --> J")
    play.decide("D", "Yes")
    assert play.is_("skipped", "B")
    assert play.edge("B", "J") is EdgeStatus.SKIPPED
    play.do("A")
    assert play.started == ["J"]
    play.do("J")
    assert play.scheduler.visit("J") == 1
    play.settle()
    assert play.status is RunStatus.SUCCEEDED


def test_a_join_does_not_run_before_a_path_is_known_to_be_dead() -> None:
    play = Play("A --> J\nB --> D{?} -->|Yes| X --> J\nD -->|No| Y")
    play.do("A", "B")
    assert "J" not in play.started
    play.decide("D", "No")
    assert play.started == ["J", "Y"]


def test_a_node_is_skipped_only_when_all_its_in_edges_were_and_then_skips_what_follows() -> None:
    play = Play("D{?} -->|a| A\nD -->|b| B --> C --> E\nD -->|c| C")
    play.decide("D", "a")
    assert play.is_("skipped", "B", "C", "E")


def test_a_decision_with_a_list_takes_every_matching_edge() -> None:
    play = Play("D{Event Triggers?} -->|SQS| A --> J\nD -->|S3| B --> J\nD -->|SNS| C --> J")
    play.decide("D", "SQS", "S3")
    assert play.started == ["A", "B"]
    play.do("A", "B")
    assert play.started == ["J"]


def test_edges_with_the_same_label_are_one_choice() -> None:
    play = Play("D{?} -->|Yes| A & B\nD -->|No| C")
    play.decide("D", "Yes")
    assert play.started == ["A", "B"]


def test_a_decision_is_asked_and_not_started() -> None:
    assert Scheduler(flow("D{?} --> A\nB")).commands() == [Decide("D", 1), Start("B", 1)]


def test_ready_nodes_are_given_in_source_order_whatever_made_them_ready_first() -> None:
    scheduler = Scheduler(flow("A --> Z1\nB --> Z2\nC --> Z3"))
    assert scheduler.commands() == [Start("A", 1), Start("B", 1), Start("C", 1)]
    for node in ("C", "B", "A"):
        scheduler.apply(Event(EventType.NODE_SUCCEEDED, node))
    assert scheduler.commands() == [Start("Z1", 1), Start("Z2", 1), Start("Z3", 1)]


def test_a_limit_holds_back_the_later_ones() -> None:
    scheduler = Scheduler(flow("A & B & C"))
    assert scheduler.commands(limit=0) == []
    assert scheduler.commands(limit=2) == [Start("A", 1), Start("B", 1)]
    assert scheduler.commands(limit=2) == [Start("C", 1)]


def test_the_end_node_does_not_end_the_run() -> None:
    play = Play("A --> End([End])\nA --> B --> C")
    play.do("A", "End", "B")
    assert play.status is RunStatus.RUNNING
    assert play.finish() is RunStatus.SUCCEEDED


def test_notes_and_lines_without_arrow_take_no_part() -> None:
    play = Play("A --- B\nC@{shape: comment} --> B\nA <--> D\nA ~~~ E\nA --x F")
    assert play.started == ["A", "B", "D", "E", "F"]
    assert "C" not in play.scheduler.snapshot().nodes


def test_an_edge_to_a_subgraph_leads_to_each_of_its_entries_and_one_from_it_waits_for_each_of_its_exits() -> None:
    play = Play("A --> S --> Z\nsubgraph S\nB --> C\nD\nend")
    play.do("A")
    assert play.started == ["B", "D"]
    play.do("B", "C")
    assert "Z" not in play.started
    play.do("D")
    assert play.started == ["Z"]


def test_subgraphs_are_no_barrier_by_themselves() -> None:
    play = Play("subgraph S\nA --> B\nend\nA --> X")
    play.do("A")
    assert play.started == ["B", "X"]


STAGES = "---\nmflow: {subgraphs: stages}\n---\nflowchart TD\n"


def test_an_edge_out_of_a_stage_waits_until_all_of_the_stage_has_settled() -> None:
    play = Play(STAGES + "subgraph S\nA --> B --> C\nend\nA --> X")
    play.do("A", "B")
    assert play.started == ["C"]
    assert play.edge("A", "X") is EdgeStatus.PENDING
    play.do("C")
    assert play.started == []
    assert play.settling == [Settle("S", frozenset("ABC"))]
    play.settle()
    assert play.started == ["X"]


def test_a_stage_of_skipped_nodes_has_nothing_to_settle() -> None:
    play = Play(STAGES + "D{?} -->|Yes| A\nD -->|No| Z\nsubgraph S\nA --> B\nend\nB --> X")
    play.decide("D", "No")
    assert play.is_("skipped", "A", "B", "X")
    assert play.settling == []


def test_stages_in_stages_are_left_when_the_outer_one_is_done() -> None:
    play = Play(STAGES + "subgraph Outer\nsubgraph Inner\nA --> B\nend\nA --> C\nend\nA --> X")
    play.do("A", "B")
    assert play.started == []
    play.settle()
    assert play.started == ["C"]
    play.do("C")
    play.settle()
    assert play.started == ["X"]


def test_declared_work_that_fails_at_the_end_of_a_stage_blocks_what_comes_after_the_stage() -> None:
    play = Play(STAGES + "subgraph S\nA --> B\nend\nB --> X --> Y\nB --> Z")
    play.do("A", "B", declared=True)
    play.settle(B="error")
    assert play.is_("blocked", "X", "Y", "Z")
    assert play.is_("succeeded", "A")
    assert play.finish() is RunStatus.FAILED


def test_stages_that_end_together_are_settled_each_by_itself() -> None:
    play = Play(STAGES + "subgraph S\nA\nend\nsubgraph T\nB\nend\nA --> X\nB --> Y")
    play.do("A", "B")
    assert [settle.stage for settle in play.settling] == ["S", "T"]
    play.settling.clear()
    play.say(EventType.SETTLED, stage="T")
    assert play.started == ["Y"]
    play.say(EventType.SETTLED, stage="S")
    assert play.started == ["Y", "X"]


def test_the_flow_settles_once_at_its_end_and_then_finishes() -> None:
    play = Play("A --> B")
    play.do("A", "B", declared=True)
    assert play.settling == [Settle(None, frozenset("AB"))]
    assert not play.scheduler.finished
    play.settle()
    assert play.status is RunStatus.SUCCEEDED


def test_what_was_settled_in_a_stage_is_not_settled_again() -> None:
    play = Play(STAGES + "subgraph S\nA\nend\nA --> X")
    play.do("A")
    play.settle()
    play.do("X")
    assert play.settling == [Settle(None, frozenset("X"))]


def test_failing_work_leaves_nodes_alone_that_have_started_and_blocks_the_others() -> None:
    play = Play("A --> B\nA --> C")
    play.do("A", declared=True)
    play.begin("B")
    play.say(EventType.NODE_FAILED, "A")
    assert play.is_("failed", "A")
    assert play.is_("running", "B")
    assert play.is_("blocked", "C")
    assert not play.scheduler.is_due("C", 1)
    play.say(EventType.NODE_SUCCEEDED, "B")
    assert play.settling == [Settle(None, frozenset("B"))]
    assert play.finish() is RunStatus.FAILED


def test_settlements_are_recorded_before_anything_else_is_done() -> None:
    scheduler = Scheduler(flow("D{?} -->|a| A\nD -->|b| B --> C"))
    scheduler.commands()
    scheduler.apply(Event(EventType.DECISION_ANSWERED, "D", data={"edges": [0]}))
    skipped = Record(Event(EventType.NODE_SKIPPED, "B"))
    assert scheduler.commands() == [skipped]
    assert scheduler.commands() == [skipped]  # until it is applied
    scheduler.apply(skipped.event)
    assert scheduler.commands() == [Record(Event(EventType.NODE_SKIPPED, "C"))]


def test_finish_is_repeated_until_it_is_recorded() -> None:
    scheduler = Scheduler(flow("A"))
    scheduler.apply(Event(EventType.NODE_CANCELLED, "A"))
    assert scheduler.commands() == scheduler.commands() == [Finish(RunStatus.FAILED)]
    scheduler.apply(Event(EventType.RUN_FINISHED, data={"status": "failed"}))
    assert scheduler.commands() == []
    assert scheduler.status is RunStatus.FAILED


def test_the_same_events_give_the_same_state_and_the_same_commands() -> None:
    play = Play("A --> D{?} -->|Yes| B --> E\nD -->|No| C --> E")
    play.do("A")
    play.decide("D", "Yes")
    again = Scheduler(play.graph)
    for event in play.journal:
        again.apply(event)
    assert again.snapshot() == play.scheduler.snapshot() == fold(play.graph, play.journal)
    assert again.commands() == [Start("B", 1)]


def test_a_snapshot_tells_everything() -> None:
    play = Play("A --> D{?} -->|again| A\nD -->|done| E")
    play.do("A")
    play.decide("D", "again")
    state = play.scheduler.snapshot()
    assert state.status is RunStatus.RUNNING
    assert state.nodes == {"A": NodeStatus.READY, "D": NodeStatus.PENDING, "E": NodeStatus.PENDING}
    assert state.visits == {"A": 2, "D": 2, "E": 1}
    assert state.edges == (EdgeStatus.PENDING,) * 3
    assert state.laps == {"A": 2}
    assert state.failures == ()


def test_events_without_meaning_for_the_flow_change_nothing() -> None:
    play = Play("A --> B")
    play.begin("A")
    before = play.scheduler.snapshot()
    for kind in (EventType.NODE_RETRIED, EventType.RESOURCE, EventType.PLAN, EventType.APPLIED, EventType.NOTICE):
        play.say(kind, "A")
    play.say(EventType.NODE_STARTED, "A", attempt=2)
    assert play.scheduler.snapshot() == before
    assert play.scheduler.running == ("A",)


@pytest.mark.parametrize(
    "event",
    [
        Event(EventType.NODE_STARTED, "X"),
        Event(EventType.NODE_STARTED, "B"),
        Event(EventType.NODE_STARTED, "A", visit=2),
        Event(EventType.NODE_SUCCEEDED, "B"),
        Event(EventType.NODE_SKIPPED, "B"),
        Event(EventType.NODE_BLOCKED, "B"),
        Event(EventType.DECISION_ANSWERED, "A", data={"edges": [1]}),
        Event(EventType.DECISION_ANSWERED, "A", data={"edges": "0"}),
        Event(EventType.DECISION_ANSWERED, "A", data={"edges": [{}]}),
        Event(EventType.RUN_FINISHED, data={"status": "well"}),
        Event(EventType.RUN_FINISHED),
        Event(EventType.NODE_INTERRUPTED, "A"),
        Event(EventType.LOOP_LAPPED, "A", data={"header": "A", "lap": 2}),
        Event(EventType.SETTLED, data={"stage": "S"}),
        Event(EventType.NODE_RESET, None),
    ],
)
def test_events_that_cannot_have_happened_in_this_diagram_are_refused(event: Event) -> None:
    scheduler = Scheduler(flow("A --> B --> C"))
    with pytest.raises(MflowError, match="does not fit the diagram") as refusal:
        scheduler.apply(event)
    assert refusal.value.code == "record.misfit"


def test_a_skip_that_the_in_edges_do_not_say_is_refused() -> None:
    scheduler = Scheduler(flow("A --> B"))
    scheduler.apply(Event(EventType.NODE_FAILED, "A"))
    with pytest.raises(MflowError, match="in-edges say otherwise"):
        scheduler.apply(Event(EventType.NODE_SKIPPED, "B"))


def test_work_that_was_applied_early_can_be_settled_at_any_time() -> None:
    play = Play("A --> B")
    play.do("A", declared=True)
    play.say(EventType.SETTLED, stage=None)
    play.do("B")
    assert play.settling == [Settle(None, frozenset("B"))]


def test_a_dotted_edge_orders_but_neither_skips_nor_blocks() -> None:
    play = Play("D{?} -->|a| A\nD -->|b| B -.-> C\nX -.-> Y\nY -.-> Z\nU --> V\nB -.-> V")
    play.decide("D", "a")
    assert play.is_("skipped", "B")
    assert "C" in play.started
    assert "Y" not in play.started
    play.fail("X")
    assert "Y" in play.started
    play.fail("Y")
    assert "Z" in play.started
    play.do("U")
    assert "V" in play.started


def test_a_node_with_ordinary_and_dotted_in_edges_is_skipped_by_the_ordinary_ones() -> None:
    play = Play("D{?} -->|a| A\nD -->|b| B\nX -.-> B")
    play.decide("D", "a")
    assert play.node("B") is NodeStatus.PENDING
    play.do("X")
    assert play.is_("skipped", "B")


def test_a_dotted_edge_with_a_label_out_of_a_decision_is_a_choice() -> None:
    play = Play("D{?} -.->|a| A\nD -.->|b| B\nD -.-> C")
    play.decide("D", "a")
    assert play.started == ["A", "C"]
    assert play.is_("skipped", "B")
