"""Going on after an end: interrupted nodes, resets, what runs again. See docs/semantics.md, section 1.3."""

from __future__ import annotations

from random import Random

import pytest

from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.scheduler_resume import nodes_to_run_again
from mermaid_flow.graph import GraphSettings
from tests.engine.playing import Play, flow


def resume(play: Play, *restart: str, **more: bool) -> Play:
    again = play.resumed(**more)
    again.reset(*nodes_to_run_again(again.scheduler, restart))
    return again


def test_a_resumed_run_goes_on_with_the_failed_and_the_blocked_nodes_only() -> None:
    play = Play("A --> B --> C --> E\nX --> E")
    play.do("A", "X")
    play.fail("B")
    play.settle()
    assert play.status is RunStatus.FAILED
    assert nodes_to_run_again(play.scheduler) == ("B", "C", "E")
    again = resume(play)
    assert again.started == ["B"]
    assert [again.scheduler.visit(node) for node in "ABCEX"] == [1, 2, 2, 2, 1]
    again.do("B", "C", "E")
    assert again.finish() is RunStatus.SUCCEEDED


def test_nodes_that_never_started_are_simply_started() -> None:
    play = Play("A --> B --> C\nX")
    play.begin("A")
    play.say(EventType.CANCEL_REQUESTED)
    play.say(EventType.NODE_SUCCEEDED, "A")
    assert nodes_to_run_again(play.scheduler) == ()
    again = resume(play)
    assert again.started == ["B", "X"]


def test_a_node_that_was_cancelled_runs_again() -> None:
    play = Play("A --> B")
    play.begin("A")
    play.say(EventType.CANCEL_REQUESTED)
    play.say(EventType.NODE_CANCELLED, "A")
    assert play.status is RunStatus.CANCELLED
    again = resume(play)
    again.do("A", "B")
    assert again.finish() is RunStatus.SUCCEEDED


@pytest.mark.parametrize("policy", ["rerun", "reconcile"])
def test_a_node_in_flight_at_a_crash_is_started_again_in_the_same_visit(policy: str) -> None:
    play = Play("A --> B")
    play.begin("A")
    again = play.resumed()
    assert again.scheduler.running == ("A",)
    assert again.started == []
    again.say(EventType.NODE_INTERRUPTED, "A", policy=policy)
    assert again.started == ["A"]
    assert again.scheduler.visit("A") == 1


def test_a_node_in_flight_that_must_not_run_twice_fails() -> None:
    play = Play("A --> B")
    play.begin("A")
    again = play.resumed()
    again.say(EventType.NODE_INTERRUPTED, "A", policy="fail")
    assert again.is_("failed", "A")
    assert again.status is RunStatus.FAILED


def test_a_node_that_waits_for_an_approval_goes_on_waiting() -> None:
    play = Play("A{{Sure?}} --> B")
    play.begin("A")
    play.say(EventType.NODE_WAITING, "A")
    again = resume(play)
    assert again.scheduler.waiting == ("A",)
    again.say(EventType.NODE_APPROVED, "A")
    assert again.started == ["B"]


def test_declared_work_that_was_not_applied_is_settled_after_a_crash() -> None:
    play = Play("A")
    play.do("A", declared=True)
    assert resume(play).settling == play.settling


def test_a_node_whose_work_failed_to_apply_runs_and_settles_again() -> None:
    play = Play("A --> B --> C")
    play.do("A", "B", "C", declared=True)
    play.settle(B="error")
    assert play.status is RunStatus.FAILED
    again = resume(play)
    assert again.started == ["B"]
    assert again.is_("succeeded", "C")
    again.do("B", declared=True)
    assert again.settling[0].nodes == frozenset("B")
    again.settle()
    assert again.status is RunStatus.SUCCEEDED


def test_starting_from_a_node_runs_it_and_everything_after_it_again() -> None:
    play = Play("A --> B --> C\nA --> D{?} -->|Yes| E --> C\nD -->|No| F --> C")
    play.do("A", "B")
    play.decide("D", "No")
    assert play.finish() is RunStatus.SUCCEEDED
    again = resume(play, "D")
    assert again.started == ["D"]
    assert again.is_("pending", "E", "F", "C")
    assert again.is_("succeeded", "A", "B")
    again.decide("D", "Yes")
    assert again.is_("skipped", "F")
    assert again.finish() is RunStatus.SUCCEEDED
    assert [again.scheduler.visit(node) for node in "ABCDEF"] == [1, 1, 2, 2, 2, 2]


def test_starting_from_a_node_of_a_loop_runs_the_loop_anew() -> None:
    play = Play(flow("A --> B{?} -->|again| A\nB -->|on| C", GraphSettings(max_laps=2)))
    play.do("A")
    play.decide("B", "again")
    play.do("A")
    play.decide("B", "again")
    assert play.finish() is RunStatus.FAILED
    again = resume(play, "A")
    assert again.scheduler.snapshot().laps == {"A": 1}
    again.do("A")
    again.decide("B", "again")
    again.do("A")
    again.decide("B", "on")
    assert again.finish() is RunStatus.SUCCEEDED


def test_a_loop_that_used_up_its_laps_goes_on_when_they_are_raised() -> None:
    text = "Check{?} -->|No| Fix --> Check\nCheck -->|Yes| End"
    play = Play(flow(text, GraphSettings(max_laps=1)))
    play.decide("Check", "No")
    play.do("Fix")
    assert play.finish() is RunStatus.FAILED
    assert nodes_to_run_again(play.scheduler) == ("Fix", "End")
    again = Play(flow(text, GraphSettings(max_laps=2)), journal=play.journal)
    again.reset(*nodes_to_run_again(again.scheduler))
    again.do("Fix")
    assert again.started == ["Check"]
    again.decide("Check", "Yes")
    assert again.finish() is RunStatus.SUCCEEDED


def test_a_lap_in_which_a_node_failed_is_taken_up_again() -> None:
    play = Play("A --> B --> C{?} -->|again| A\nC -->|on| D\nA --> X --> C")
    play.do("A", "X")
    play.fail("B")
    assert play.is_("blocked", "C", "D")
    play.settle()
    again = resume(play)
    assert again.started == ["B"]
    again.do("B")
    again.decide("C", "again")
    again.do("A", "B", "X")
    again.decide("C", "on")
    assert again.started == ["D"]
    assert again.finish() is RunStatus.SUCCEEDED


def test_a_handled_failure_is_finished_business() -> None:
    play = Play("A -->|on error| Fix\nX --> Y")
    play.fail("A")
    play.do("Fix")
    play.fail("X")
    play.settle()
    assert nodes_to_run_again(play.scheduler) == ("X", "Y")


def test_what_ran_because_a_node_had_ended_runs_again_after_it() -> None:
    play = Play("A -->|always| Log --> Tell\nA -->|on timeout| T\nA --> B")
    play.fail("A")
    play.do("Log", "Tell")
    play.settle()
    assert nodes_to_run_again(play.scheduler) == ("A", "Log", "Tell", "T", "B")
    again = resume(play)
    again.fail("A", "timeout")
    assert again.started == ["Log", "T"]
    assert again.is_("skipped", "B")


def test_what_was_rolled_back_runs_again_with_all_that_came_after_it() -> None:
    play = Play("A --> B --> C --> D\nB -->|rollback| UndoB\nD -->|rollback| UndoD")
    play.do("A", "B", "C")
    play.fail("D")
    play.settle()
    play.do("UndoD")
    play.settle()
    play.do("UndoB")
    play.settle()
    assert play.status is RunStatus.FAILED
    assert nodes_to_run_again(play.scheduler) == ("B", "C", "D", "UndoB", "UndoD")
    again = resume(play)
    assert again.started == ["B"]
    again.do("B", "C")
    again.fail("D")
    again.settle()
    assert again.started == ["UndoD"]


def test_a_rollback_that_was_not_needed_the_first_time_can_be_the_second_time() -> None:
    play = Play("A\nB --> C -->|rollback| UndoC\nC --> D")
    play.fail("B")
    play.do("A")
    play.settle()
    assert play.is_("skipped", "UndoC")
    again = resume(play)
    again.do("B", "C")
    again.fail("D")
    again.settle()
    assert again.started == ["UndoC"]


def test_a_stage_is_open_again_when_one_of_its_nodes_runs_again() -> None:
    stages = "---\nmflow: {subgraphs: stages}\n---\nflowchart TD\n"
    play = Play(stages + "subgraph S\nA --> B\nC\nend\nC --> X --> Y")
    play.do("A", "C")
    play.fail("B")
    play.settle()
    assert play.started == ["X"]
    play.fail("X")
    assert play.status is RunStatus.FAILED
    again = resume(play)
    assert again.started == ["B"]
    assert again.is_("pending", "X")
    again.do("B")
    again.settle()
    assert again.started == ["X"]


def test_a_node_held_back_by_failing_fast_starts_on_resume() -> None:
    play = Play("A\nB\nC --> D\nE", fail_fast=True)
    play.begin("C", "E", "A")
    play.say(EventType.NODE_FAILED, "A")
    play.say(EventType.NODE_SUCCEEDED, "C")
    play.say(EventType.NODE_CANCELLED, "E")
    assert play.status is RunStatus.FAILED
    play.started.clear()
    play.write(Event(EventType.RUN_STARTED, data={"resumed": True}))
    play.reset("A", "E")
    assert play.started == ["A", "B", "D", "E"]


def test_resetting_a_node_that_has_not_begun_changes_nothing() -> None:
    play = Play("A --> B")
    before = play.scheduler.snapshot()
    play.reset("A", "B")
    assert play.scheduler.snapshot() == before


def test_a_running_node_can_be_reset() -> None:
    play = Play("A --> B")
    play.begin("A")
    play.reset("A")
    assert play.started == ["A"]
    assert play.scheduler.visit("A") == 2


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_the_resets_does_not_matter(seed: int) -> None:
    play = Play("A --> B --> C{?} -->|again| B\nC -->|on| D --> E\nB -->|always| L --> M\nA --> W --> E\nB --> X --> E")
    play.do("A", "W")
    play.fail("B")
    play.do("L")
    play.fail("M")
    play.settle()
    first, second = play.resumed(), play.resumed()
    nodes = list(nodes_to_run_again(first.scheduler, ["A"]))
    first.reset(*nodes)
    Random(seed).shuffle(nodes)
    second.reset(*nodes)
    assert first.scheduler.snapshot() == second.scheduler.snapshot()
    assert first.started == second.started == ["A"]


def test_a_rollback_does_not_begin_while_it_is_being_recorded_what_runs_again() -> None:
    play = Play("A --> B\nC --> W{{Sure?}}\nA -->|rollback| UndoA", fail_fast=True)
    play.do("A")
    play.begin("C", "B")
    play.say(EventType.CANCEL_REQUESTED)
    play.say(EventType.NODE_FAILED, "B")
    play.say(EventType.NODE_SUCCEEDED, "C")
    assert play.status is RunStatus.CANCELLED
    again = resume(play, fail_fast=True)
    assert again.started == ["B", "W"]
    assert again.is_("pending", "UndoA")


def test_a_failure_that_is_not_run_again_is_followed_by_its_rollback() -> None:
    play = Play("A --> B\nA -->|rollback| UndoA")
    play.do("A")
    play.begin("B")
    again = play.resumed()
    again.say(EventType.NODE_INTERRUPTED, "B", policy="fail")
    again.settle()
    assert again.started == ["UndoA"]
    third = Play(again.graph, journal=again.journal)
    assert third.scheduler.snapshot().edges == again.scheduler.snapshot().edges
