"""Loops: laps, visits, ways out, bounds. See docs/semantics.md, section 1.2."""

from __future__ import annotations

import pytest

from mermaid_flow.engine.events import EdgeStatus, Event, EventType, RunStatus
from mermaid_flow.engine.scheduler import Record, Scheduler, Settle
from mermaid_flow.graph import GraphSettings
from tests.engine.playing import Play, flow

RETRY = "Start --> Work --> Done{Done?} -->|No| Work\nDone -->|Yes| End\nWork --> Report"


def test_a_lap_resets_the_body_and_gives_it_the_next_visit() -> None:
    play = Play(RETRY)
    play.do("Start", "Work")
    play.decide("Done", "No")
    assert play.started == ["Work"]
    assert play.is_("pending", "Done")
    assert [play.scheduler.visit(node) for node in ("Start", "Work", "Done", "End")] == [1, 2, 2, 1]
    play.do("Work")
    play.decide("Done", "Yes")
    assert play.finish() is RunStatus.SUCCEEDED
    assert play.scheduler.snapshot().laps == {"Work": 2}


def test_edges_that_leave_a_loop_settle_when_the_loop_ends() -> None:
    play = Play(RETRY)
    play.do("Start", "Work")
    assert play.edge("Work", "Report") is EdgeStatus.PENDING
    play.decide("Done", "No")
    play.do("Work")
    assert play.started == ["Done"]
    play.decide("Done", "Yes")
    assert play.started == ["End", "Report"]
    assert play.edge("Work", "Report") is EdgeStatus.TAKEN


def test_another_lap_comes_before_any_way_out() -> None:
    play = Play(RETRY)
    play.do("Start", "Work")
    play.decide("Done", "No", "Yes")
    assert play.started == ["Work"]


def test_the_lap_is_recorded_before_it_begins() -> None:
    scheduler = Scheduler(flow("A{?} -->|again| A\nA -->|on| B"))
    scheduler.apply(Event(EventType.DECISION_ANSWERED, "A", data={"edges": [0]}))
    lap = Event(EventType.LOOP_LAPPED, "A", 1, {"header": "A", "lap": 2})
    assert scheduler.commands() == [Record(lap)]
    scheduler.apply(lap)
    assert scheduler.visit("A") == 2


def test_a_lap_waits_for_every_node_of_the_body() -> None:
    play = Play("A --> B & C\nB --> D{?} -->|again| A\nC --> E{?} -->|again| A\nD -->|on| X\nE -->|on| X")
    play.do("A", "B")
    play.decide("D", "again")
    assert play.started == ["C"]
    play.do("C")
    play.decide("E", "on")
    assert play.started == ["A"]
    assert play.scheduler.snapshot().laps == {"A": 2}


def test_a_loop_may_be_closed_by_an_action_when_a_decision_can_leave_it() -> None:
    play = Play("Check{Healthy?} -->|No| Fix --> Check\nCheck -->|Yes| End")
    play.decide("Check", "No")
    play.do("Fix")
    play.decide("Check", "Yes")
    assert play.is_("skipped", "Fix")
    assert play.started == ["End"]


def test_a_loop_that_is_not_left_within_its_laps_fails_at_the_node_that_closes_it() -> None:
    play = Play(flow("Check{Healthy?} -->|No| Fix --> Check\nCheck -->|Yes| End --> After", GraphSettings(max_laps=2)))
    for _ in range(2):
        play.decide("Check", "No")
        play.do("Fix")
    assert play.is_("failed", "Fix")
    assert play.is_("blocked", "End", "After")
    failure = next(event for event in play.journal if event.type is EventType.NODE_FAILED)
    assert failure.data["kind"] == "laps"
    assert failure.data["error"] == {
        "code": "loop.laps",
        "message": "the loop from 'Fix' back to 'Check' was not left within 2 laps",
        "hint": "look at why it goes on, or raise `mflow: {max_laps: {Check: …}}` in the front matter",
    }
    play.settle()
    assert play.status is RunStatus.FAILED


def test_one_lap_means_no_repetition() -> None:
    play = Play(flow("A{?} -->|again| A\nA -->|on| B", GraphSettings(max_laps=1)))
    play.decide("A", "again")
    assert play.is_("failed", "A")
    assert play.is_("blocked", "B")


def test_the_inner_loop_starts_anew_in_each_lap_of_the_outer_one() -> None:
    play = Play("A --> B --> C{?} -->|inner| B\nC -->|on| D{?} -->|outer| A\nD -->|on| E")
    play.do("A", "B")
    play.decide("C", "inner")
    play.do("B")
    play.decide("C", "on")
    assert play.scheduler.snapshot().laps == {"A": 1, "B": 2}
    play.decide("D", "outer")
    assert play.scheduler.snapshot().laps == {"A": 2, "B": 1}
    assert play.scheduler.visit("B") == 3
    play.do("A", "B")
    play.decide("C", "on")
    play.decide("D", "on")
    assert play.finish() is RunStatus.SUCCEEDED


def test_an_edge_out_of_both_loops_waits_for_the_outer_one() -> None:
    play = Play("A --> B --> C{?} -->|inner| B\nC -->|on| D{?} -->|outer| A\nD -->|on| E\nB --> Z")
    play.do("A", "B")
    play.decide("C", "on")
    assert play.edge("B", "Z") is EdgeStatus.PENDING
    play.decide("D", "on")
    assert play.edge("B", "Z") is EdgeStatus.TAKEN


def test_a_failure_in_a_lap_ends_the_loop_and_blocks_what_comes_after_it() -> None:
    play = Play("A --> B & C\nB --> D{?} -->|again| A\nC --> E{?} -->|again| A\nD -->|on| X\nE -->|on| X")
    play.do("A", "B")
    play.decide("D", "again")
    play.fail("C")
    assert play.is_("blocked", "E", "X")
    play.settle()
    assert play.status is RunStatus.FAILED
    assert play.scheduler.snapshot().laps == {"A": 1}


def test_a_loop_that_nothing_reaches_is_skipped_as_a_whole() -> None:
    play = Play("D{?} -->|in| A --> B{?} -->|again| A\nB -->|on| C --> E\nD -->|past| E")
    play.decide("D", "past")
    assert play.is_("skipped", "A", "B", "C")
    assert play.started == ["E"]


def test_a_loop_behind_a_failure_is_blocked_and_makes_no_lap() -> None:
    play = Play("A --> B --> C{?} -->|again| B\nC -->|on| D")
    play.fail("A")
    assert play.is_("blocked", "B", "C", "D")
    assert play.status is RunStatus.FAILED


def test_a_catch_edge_can_close_a_loop() -> None:
    play = Play("A -->|on error| A\nA --> B")
    play.fail("A")
    assert play.started == ["A"]
    assert play.scheduler.visit("A") == 2
    play.do("A")
    assert play.started == ["B"]


def test_a_catch_edge_that_used_up_its_laps_lets_the_node_fail() -> None:
    play = Play(flow("A -->|on error| A\nA --> B\nA -->|always| C", GraphSettings(max_laps=2)))
    play.fail("A")
    play.fail("A")
    assert play.is_("failed", "A")
    assert play.is_("blocked", "B")
    assert play.started == ["C"]


def test_a_caught_failure_inside_a_lap_does_not_end_the_loop() -> None:
    play = Play("A --> B -->|on error| C --> D{?} -->|again| A\nB --> D\nD -->|on| E")
    play.do("A")
    play.fail("B")
    play.do("C")
    play.decide("D", "again")
    assert play.started == ["A"]


def test_a_stage_inside_a_loop_is_done_again_in_each_lap() -> None:
    play = Play(
        "---\nmflow: {subgraphs: stages}\n---\nflowchart TD\n"
        "subgraph S\nA --> B & C\nend\nB & C --> D{?} -->|again| A\nD -->|on| E"
    )
    for answer in ("again", "on"):
        play.do("A", "B", "C")
        assert play.settling == [Settle("S", frozenset("ABC"))]
        play.settle()
        play.decide("D", answer)
    assert play.started == ["E"]


def test_a_loop_inside_a_stage_settles_with_the_stage() -> None:
    play = Play(
        "---\nmflow: {subgraphs: stages}\n---\nflowchart TD\nsubgraph S\nA --> B{?} -->|again| A\nend\nB -->|on| E"
    )
    play.do("A")
    play.decide("B", "again")
    play.do("A")
    assert play.settling == []
    play.decide("B", "on")
    assert play.settling == [Settle("S", frozenset("AB"))]


def test_a_failure_that_comes_to_light_before_the_lap_is_recorded_prevents_it() -> None:
    scheduler = Scheduler(flow("A --> B{?} -->|again| A\nB -->|on| C"))
    scheduler.apply(Event(EventType.NODE_SUCCEEDED, "A"))
    scheduler.apply(Event(EventType.DECISION_ANSWERED, "B", data={"edges": [1]}))
    scheduler.apply(Event(EventType.NODE_FAILED, "A"))
    (command,) = scheduler.commands()
    assert command == Record(Event(EventType.NODE_BLOCKED, "C", 1, {"because": ["B"]}))


def test_work_of_the_lap_before_that_fails_when_it_is_applied_fails_the_node_in_this_lap() -> None:
    play = Play("A --> B -->|on error| X\nB --> D{?} -->|again| A\nD -->|on| E")
    play.do("A", declared=True)
    play.do("B")
    play.decide("D", "again")
    play.begin("A")
    play.say(EventType.NODE_FAILED, "A")
    assert play.is_("blocked", "B", "D", "E")
    assert play.is_("skipped", "X")


@pytest.mark.parametrize("laps", [1, 2, 7])
def test_a_loop_ends_after_as_many_laps_as_its_decision_wants(laps: int) -> None:
    play = Play("A --> B{?} -->|again| A\nB -->|on| C")
    for lap in range(laps):
        play.do("A")
        play.decide("B", "again" if lap < laps - 1 else "on")
    assert play.finish() is RunStatus.SUCCEEDED
    assert play.scheduler.visit("A") == laps
