"""Failures, catch edges, rollback, approvals, cancellation. See docs/semantics.md, section 1.3."""

from __future__ import annotations

import pytest

from mermaid_flow.engine.events import EdgeStatus, Event, EventType, NodeStatus, RunStatus
from mermaid_flow.engine.scheduler import Scheduler, Settle
from tests.engine.playing import Play, flow


def test_a_failed_node_blocks_what_depends_on_it_and_other_branches_go_on() -> None:
    play = Play("A --> B --> C --> E\nX --> Y --> E")
    play.fail("A")
    assert play.is_("blocked", "B", "C")
    play.do("X", "Y")
    assert play.is_("blocked", "E")
    play.settle()
    assert play.status is RunStatus.FAILED
    assert play.scheduler.failures == ("A",)


def test_a_blocked_node_names_the_nodes_that_block_it() -> None:
    play = Play("A --> C\nB --> C")
    play.fail("A")
    play.fail("B")
    assert play.journal[-2] == Event(EventType.NODE_BLOCKED, "C", 1, {"because": ["A", "B"]})


def test_on_error_is_taken_instead_of_the_ordinary_way_and_the_run_succeeds() -> None:
    play = Play("A -->|on error| Cleanup --> End\nA --> B --> End")
    play.fail("A")
    assert play.is_("failed", "A")
    assert play.is_("skipped", "B")
    play.do("Cleanup", "End")
    assert play.finish() is RunStatus.SUCCEEDED


def test_on_error_is_skipped_when_the_node_succeeds() -> None:
    play = Play("A -->|On  Failure| Cleanup\nA --> B")
    play.do("A")
    assert play.is_("skipped", "Cleanup")
    assert play.started == ["B"]


def test_on_timeout_is_taken_by_a_timeout_only() -> None:
    text = "A -->|on timeout| T\nA -->|on error| E\nA --> B"
    for kind, taken, skipped in (("timeout", "T", "E"), ("error", "E", "T")):
        play = Play(text)
        play.fail("A", kind)
        assert play.started == [taken]
        assert play.is_("skipped", skipped, "B")


def test_on_error_catches_a_timeout_that_nothing_else_catches() -> None:
    play = Play("A -->|on error| E")
    play.fail("A", "timeout")
    assert play.started == ["E"]


def test_on_timeout_alone_does_not_catch_an_error() -> None:
    play = Play("A -->|on timeout| T\nA --> B")
    play.fail("A")
    assert play.is_("skipped", "T")
    assert play.is_("blocked", "B")


def test_always_is_taken_either_way_and_catches_nothing() -> None:
    text = "A -->|always| Cleanup\nA --> B"
    play = Play(text)
    play.do("A")
    assert play.started == ["Cleanup", "B"]
    play = Play(text)
    play.fail("A")
    assert play.started == ["Cleanup"]
    assert play.is_("blocked", "B")
    assert play.finish() is RunStatus.FAILED


@pytest.mark.parametrize("label", ["always", "on error"])
def test_catch_edges_of_a_node_that_did_not_run_are_skipped(label: str) -> None:
    play = Play(f"D{{?}} -->|a| X\nD -->|b| A -->|{label}| Cleanup\nF --> G -->|{label}| H")
    play.decide("D", "a")
    assert play.is_("skipped", "A", "Cleanup")
    play.fail("F")
    assert play.is_("blocked", "G")
    assert play.is_("skipped", "H")


def test_a_cancelled_node_takes_its_always_edge() -> None:
    play = Play("A -->|always| Cleanup\nA -->|on error| X\nA --> B")
    play.begin("A")
    play.say(EventType.NODE_CANCELLED, "A")
    assert play.is_("blocked", "B")
    assert play.is_("skipped", "X")
    assert play.started == ["Cleanup"]


def test_a_decision_that_cannot_be_answered_blocks_its_choices() -> None:
    play = Play("D{?} -->|always| A\nD -->|on error| B")
    play.fail("D")
    assert play.is_("blocked", "A", "B")


def test_the_catch_edges_of_declared_work_wait_until_it_is_applied() -> None:
    play = Play("A -->|on error| Cleanup --> R\nA -->|always| Log\nA --> B --> R")
    play.do("A", declared=True)
    play.do("B", declared=True)
    assert play.edge("A", "Cleanup") is EdgeStatus.PENDING
    assert play.settling == [Settle(None, frozenset("AB"))]
    play.settle()
    assert play.is_("skipped", "Cleanup")
    assert play.started == ["R", "Log"]
    play.do("R", "Log")
    play.settle()
    assert play.status is RunStatus.SUCCEEDED


def test_work_that_fails_when_it_is_applied_is_caught_like_any_other_failure() -> None:
    play = Play("A -->|on error| Cleanup --> R\nA --> B --> R")
    play.do("A", declared=True)
    play.do("B")
    play.settle(A="error")
    assert play.is_("failed", "A")
    assert play.is_("succeeded", "B")
    assert play.started == ["Cleanup"]
    play.do("Cleanup", "R")
    assert play.finish() is RunStatus.SUCCEEDED


def test_a_failure_found_while_other_nodes_run_takes_the_catch_edge_at_once() -> None:
    play = Play("A -->|on error| Cleanup\nA --> B --> C\nA --> D")
    play.do("A", declared=True)
    play.begin("B")
    play.say(EventType.NODE_FAILED, "A")
    assert "Cleanup" in play.started
    assert play.is_("skipped", "D")
    play.say(EventType.NODE_SUCCEEDED, "B")
    assert "C" in play.started


def test_a_failure_after_the_catch_edges_have_settled_is_not_caught() -> None:
    play = Play("A -->|on error| Cleanup\nA --> B")
    play.do("A")
    play.do("B")
    play.settle(A="error")
    assert play.is_("failed", "A")
    assert play.is_("skipped", "Cleanup")
    assert play.status is RunStatus.FAILED


ROLLBACK = (
    "A --> B --> C --> D\nA -->|rollback| UndoA\nB -->|rollback| UndoB\nC -->|rollback| UndoC\nD -->|rollback| UndoD"
)


def test_rollback_undoes_what_has_run_in_reverse_order_of_completion() -> None:
    play = Play(ROLLBACK)
    play.do("A", "B")
    play.fail("C")
    assert play.is_("blocked", "D")
    assert play.settling == [Settle(None, frozenset("AB"))]
    play.settle()
    assert play.started == ["UndoC"]
    play.do("UndoC")
    play.settle()
    assert play.started == ["UndoB"]
    play.fail("UndoB")
    assert play.started == ["UndoA"]
    assert play.is_("skipped", "UndoD")
    play.do("UndoA")
    play.settle()
    assert play.status is RunStatus.FAILED
    assert play.scheduler.failures == ("C", "UndoB")


def test_the_order_of_a_rollback_is_that_of_the_ends_and_not_of_the_drawing() -> None:
    play = Play("A -->|rollback| UA\nB -->|rollback| UB\nC")
    play.do("B", "A")
    play.fail("C")
    play.settle()
    assert play.started == ["UA"]
    play.do("UA")
    play.settle()
    assert play.started == ["UB"]


def test_without_a_failure_nothing_is_rolled_back() -> None:
    play = Play(ROLLBACK)
    play.do("A", "B", "C", "D")
    play.settle()
    assert play.is_("skipped", "UndoA", "UndoB", "UndoC", "UndoD")
    assert play.status is RunStatus.SUCCEEDED


def test_a_caught_failure_is_no_reason_to_roll_back() -> None:
    play = Play("A -->|rollback| UndoA\nA --> B -->|on error| Fix")
    play.do("A")
    play.fail("B")
    play.do("Fix")
    play.settle()
    assert play.is_("skipped", "UndoA")
    assert play.status is RunStatus.SUCCEEDED


def test_work_that_fails_when_it_is_applied_is_a_reason_to_roll_back() -> None:
    play = Play("A --> B\nA -->|rollback| UndoA")
    play.do("A", "B", declared=True)
    play.settle(B="error")
    assert play.started == ["UndoA"]


def test_one_rollback_node_for_two_nodes_runs_once_after_both_are_due() -> None:
    play = Play("A --> B --> C\nA & B -->|rollback| Undo --> Tell")
    play.do("A", "B")
    play.fail("C")
    play.settle()
    assert play.started == ["Undo"]
    play.do("Undo")
    assert play.started == ["Tell"]


def test_what_a_rollback_leads_back_to_does_not_wait_for_it() -> None:
    play = Play("A --> B --> End\nA -->|rollback| UndoA --> End")
    play.do("A", "B")
    assert play.started == ["End"]
    play = Play("A --> B --> End\nA -->|rollback| UndoA --> End")
    play.do("A")
    play.fail("B")
    assert play.is_("blocked", "End")
    play.settle()
    play.do("UndoA")
    assert play.edge("UndoA", "End") is EdgeStatus.TAKEN
    assert play.is_("blocked", "End")


def test_a_node_that_ran_in_an_earlier_lap_only_is_rolled_back_too() -> None:
    play = Play("H{?} -->|work| A --> D{?} -->|again| H\nH -->|rest| D\nD -->|on| E\nA -->|rollback| UndoA")
    play.decide("H", "work")
    play.do("A")
    play.decide("D", "again")
    play.decide("H", "rest")
    play.decide("D", "on")
    play.fail("E")
    play.settle()
    assert play.started == ["UndoA"]


def test_a_manual_step_waits_and_goes_on_when_approved() -> None:
    play = Play("A{{Sure?}} --> B\nC")
    play.begin("A")
    play.say(EventType.NODE_WAITING, "A", prompt="Sure?")
    assert play.scheduler.waiting == ("A",)
    assert play.status is RunStatus.RUNNING
    play.do("C")
    assert play.status is RunStatus.WAITING
    assert play.settling == []  # nothing is applied just because somebody is asked
    play.say(EventType.NODE_APPROVED, "A", by="me")
    assert play.started == ["B"]
    assert play.finish() is RunStatus.SUCCEEDED


def test_an_approval_with_a_choice_picks_the_edges_with_that_label() -> None:
    for data in ({"choice": "Ship"}, {"choice": "Ship", "edges": [0]}):
        play = Play("A{{Sure?}} -->|Ship| B\nA -->|Change| C")
        play.begin("A")
        play.say(EventType.NODE_WAITING, "A")
        play.say(EventType.NODE_WAITING, "A")
        play.say(EventType.NODE_APPROVED, "A", **data)
        assert play.started == ["B"]
        assert play.is_("skipped", "C")


def test_a_rejection_is_a_failure_that_can_be_caught() -> None:
    play = Play("A{{Sure?}} --> B\nA -->|on error| C")
    play.begin("A")
    play.say(EventType.NODE_WAITING, "A")
    play.say(EventType.NODE_REJECTED, "A", by="me")
    assert play.is_("failed", "A")
    assert play.started == ["C"]


def test_a_cancelled_run_starts_nothing_more_and_ends_when_nothing_runs() -> None:
    play = Play("A --> B\nC --> D")
    play.begin("A")
    play.say(EventType.CANCEL_REQUESTED, level="finish")
    assert not play.scheduler.is_due("C", 1)
    play.say(EventType.NODE_SUCCEEDED, "A")
    assert play.scheduler.finished
    assert play.status is RunStatus.CANCELLED
    assert play.is_("ready", "B", "C")


def test_a_run_that_had_already_done_everything_is_not_cancelled() -> None:
    scheduler = Scheduler(flow("A"))
    scheduler.apply(Event(EventType.NODE_SUCCEEDED, "A"))
    scheduler.apply(Event(EventType.SETTLED, data={"stage": None}))
    scheduler.apply(Event(EventType.CANCEL_REQUESTED))
    assert scheduler.commands()[0].status is RunStatus.SUCCEEDED  # type: ignore[union-attr]  # it is a Finish


def test_a_cancelled_run_applies_nothing_more() -> None:
    play = Play("A --> B")
    play.begin("A")
    play.say(EventType.CANCEL_REQUESTED)
    play.say(EventType.NODE_SUCCEEDED, "A", declared=True)
    assert play.settling == []


def test_failing_fast_cancels_what_runs_and_starts_nothing_more() -> None:
    play = Play("A --> B\nC --> D\nE", fail_fast=True)
    play.begin("C", "A")
    play.say(EventType.NODE_FAILED, "A")
    assert play.cancelling == ["C"]
    assert play.is_("blocked", "B")
    play.say(EventType.NODE_CANCELLED, "C")
    assert play.status is RunStatus.FAILED
    assert play.is_("ready", "E")
    assert play.is_("blocked", "D")


def test_failing_fast_holds_back_what_becomes_ready_and_what_was_declared() -> None:
    play = Play("A\nC --> D", fail_fast=True)
    play.begin("C", "A")
    play.say(EventType.NODE_FAILED, "A")
    play.say(EventType.NODE_SUCCEEDED, "C", declared=True)
    assert play.is_("ready", "D")
    assert (play.started, play.settling) == ([], [])
    assert play.status is RunStatus.FAILED


def test_failing_fast_still_cleans_up_and_rolls_back() -> None:
    play = Play(
        "A --> B --> C\nA -->|rollback| UndoA\nB -->|always| Cleanup --> More\nX -->|rollback| UndoX", fail_fast=True
    )
    play.do("A")
    play.fail("B")
    assert play.started == ["X", "Cleanup"]  # X was given before
    assert not play.scheduler.is_due("X", 1)
    play.do("Cleanup", "More")
    assert play.settling == [Settle(None, frozenset({"Cleanup", "More"}))]
    play.settle()
    assert play.started == ["X", "UndoA"]
    play.do("UndoA", declared=True)
    play.settle()
    assert play.is_("skipped", "UndoX")
    assert play.status is RunStatus.FAILED


def test_a_caught_failure_does_not_make_a_run_fail_fast() -> None:
    play = Play("A -->|on error| B\nC --> D", fail_fast=True)
    play.fail("A")
    play.do("C", "D", "B")
    assert play.finish() is RunStatus.SUCCEEDED


def test_a_node_can_be_cancelled_before_it_runs() -> None:
    play = Play("A --> B --> C")
    play.say(EventType.NODE_CANCELLED, "B")
    play.do("A")
    assert play.node("B") is NodeStatus.CANCELLED
    assert play.is_("blocked", "C")


def test_what_an_engine_says_once_more_about_a_node_that_has_ended_changes_nothing() -> None:
    play = Play("A{{Sure?}} --> B\nC{{Sure?}} --> D")
    play.begin("A", "C")
    play.say(EventType.NODE_APPROVED, "A")
    play.say(EventType.NODE_REJECTED, "C")
    before = play.scheduler.snapshot()
    play.say(EventType.NODE_SUCCEEDED, "A")
    play.say(EventType.NODE_FAILED, "C")
    assert play.scheduler.snapshot() == before


def test_a_run_waits_for_a_stage_that_is_being_applied_before_it_is_cancelled() -> None:
    stages = "---\nmflow: {subgraphs: stages}\n---\nflowchart TD\n"
    play = Play(stages + "subgraph S\nA\nend\nA --> B")
    play.do("A")
    assert len(play.settling) == 1
    play.say(EventType.CANCEL_REQUESTED)
    assert not play.scheduler.finished
    play.settle()
    assert play.status is RunStatus.CANCELLED
    assert play.is_("ready", "B")
