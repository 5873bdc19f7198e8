from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mermaid_flow.engine.cancellation import CancelLevel, cancel_event, request_cancel, requested_level
from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.executor import Executor
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Policy, RetryPolicy, Visit
from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.context import Cancellation
from tests.engine.running import QUICK, FakeWorker, Gate, Play, fails, in_background, statuses


def start(
    play: Play, worker: FakeWorker, options: Options = QUICK, **more: object
) -> tuple[Executor, threading.Thread]:
    worker.graph = play.graph
    executor = Executor(play.graph, play.folder, worker, options=options, **more)  # type: ignore[arg-type]  # what fits
    return executor, in_background(executor.run)


def hears(kind: EventType, node: str | None = None) -> tuple[threading.Event, Callable[[Event], None]]:
    heard = threading.Event()
    return heard, lambda event: heard.set() if event.type is kind and node in (None, event.node) else None


@pytest.mark.parametrize("level", list(CancelLevel)[1:])
def test_levels_come_back_from_events(level: CancelLevel) -> None:
    assert requested_level(cancel_event(level, by="ann")) is level


def test_other_and_unknown_events_have_their_level() -> None:
    assert requested_level(Event(EventType.NOTICE)) is CancelLevel.NONE
    assert requested_level(Event(EventType.CANCEL_REQUESTED, data={"level": "later"})) is CancelLevel.FINISH


def test_each_request_asks_for_the_next_level(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A")
    executor = Executor(play.graph, play.folder, FakeWorker())
    assert [executor.cancel() for _ in range(4)] == [
        CancelLevel.FINISH,
        CancelLevel.INTERRUPT,
        CancelLevel.KILL,
        CancelLevel.KILL,
    ]
    assert executor.cancel(CancelLevel.FINISH) is CancelLevel.FINISH


def test_the_first_request_lets_what_runs_finish_and_starts_nothing(tmp_path: Path) -> None:
    play, gate = Play.of(tmp_path, "A --> B\nC"), Gate()
    worker = FakeWorker({"A": gate})
    executor, thread = start(play, worker, Options(parallel=1, poll=0.02))
    assert gate.entered.wait(30)
    executor.cancel()
    gate.opened.set()
    thread.join(30)
    record = play.record()
    assert record.status is RunStatus.CANCELLED
    assert record.cancelled is CancelLevel.FINISH
    assert statuses(record) == {"A": "succeeded", "B": "ready", "C": "ready"}
    assert worker.ran == ["A"]


def test_the_second_request_interrupts_handlers(tmp_path: Path) -> None:
    play, gate = Play.of(tmp_path, "A --> B"), Gate()
    executor, thread = start(play, FakeWorker({"A": gate}))
    assert gate.entered.wait(30)
    executor.cancel()
    executor.cancel()
    thread.join(30)
    record = play.record()
    assert record.status is RunStatus.CANCELLED
    assert record.cancelled is CancelLevel.INTERRUPT
    assert statuses(record)["A"] == "cancelled"
    error = record.nodes["A"].visits[0].error
    assert error is not None
    assert error.code == "cancelled"


def test_a_handler_that_finishes_in_spite_of_an_interrupt_has_succeeded(tmp_path: Path) -> None:
    play, gate = Play.of(tmp_path, "A --> B"), Gate(heeds_cancellation=False)
    heard, observer = hears(EventType.CANCEL_REQUESTED)
    executor, thread = start(play, FakeWorker({"A": gate}), observers=[observer])
    assert gate.entered.wait(30)
    executor.cancel(CancelLevel.INTERRUPT)
    assert heard.wait(30)
    gate.opened.set()
    thread.join(30)
    assert statuses(play.record())["A"] == "succeeded"


def test_the_third_request_ends_without_waiting_and_a_resume_finds_what_was_in_flight(tmp_path: Path) -> None:
    play, gate = Play.of(tmp_path, "A --> B"), Gate(heeds_cancellation=False)
    executor, thread = start(play, FakeWorker({"A": gate}))
    assert gate.entered.wait(30)
    for _ in range(3):
        executor.cancel()
    thread.join(30)
    assert not thread.is_alive()
    record = play.record()
    assert record.status is RunStatus.CANCELLED
    assert record.cancelled is CancelLevel.KILL
    worker = FakeWorker()
    assert play.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["A", "B"]
    assert [event.node for event in play.events(EventType.NODE_INTERRUPTED)] == ["A"]
    gate.opened.set()


def test_a_cancelled_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    play, gate = Play.of(tmp_path, "A --> B --> C"), Gate()
    executor, thread = start(play, FakeWorker({"B": gate}))
    assert gate.entered.wait(30)
    executor.cancel(CancelLevel.INTERRUPT)
    thread.join(30)
    worker = FakeWorker()
    record = play.run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["B", "C"]
    assert [visit.reset for visit in record.nodes["B"].visits] == ["it was cancelled", None]
    assert record.cancelled is CancelLevel.NONE


def test_another_process_can_ask_for_it(tmp_path: Path) -> None:
    play, gate = Play.of(tmp_path, "A --> B"), Gate()
    _, thread = start(play, FakeWorker({"A": gate}))
    assert gate.entered.wait(30)
    with play.folder.journal() as journal:
        request_cancel(journal, CancelLevel.INTERRUPT, by="ann")
    thread.join(30)
    assert play.record().status is RunStatus.CANCELLED
    (request,) = play.events(EventType.CANCEL_REQUESTED)
    assert request.data == {"level": "interrupt", "by": "ann"}


def test_a_run_that_is_over_cannot_be_cancelled(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A")
    with play.folder.journal() as journal, pytest.raises(MflowError, match="not running"):
        request_cancel(journal, CancelLevel.FINISH)
    play.run(FakeWorker())
    with play.folder.journal() as journal, pytest.raises(MflowError, match="not running"):
        request_cancel(journal, CancelLevel.FINISH)


def test_a_cancelled_timer_goes_on_counting(tmp_path: Path) -> None:
    clock = [1_800_000_000.0]
    play = Play.of(tmp_path, 'T@{ shape: delay, label: "Wait 2 hours" } --> B', clock=lambda: clock[0])
    heard, observer = hears(EventType.NODE_STARTED)
    executor, thread = start(play, FakeWorker(), observers=[observer])
    assert heard.wait(30)
    executor.cancel()
    thread.join(30)
    assert play.record().status is RunStatus.CANCELLED
    clock[0] += 7300
    assert play.run(FakeWorker()).status is RunStatus.SUCCEEDED
    assert [event.visit for event in play.events(EventType.NODE_STARTED) if event.node == "T"] == [1, 1]


@pytest.mark.parametrize("jump", [-1e9, 1e9])
def test_a_run_is_resumed_after_the_clock_jumped(tmp_path: Path, jump: float) -> None:
    clock = [1_800_000_000.0]
    play = Play.of(tmp_path, 'A --> T@{ shape: delay, label: "Wait 0.2s" } --> B', clock=lambda: clock[0])
    heard, observer = hears(EventType.NODE_STARTED, "T")
    executor, thread = start(play, FakeWorker(), observers=[observer])
    assert heard.wait(30)
    executor.cancel()
    thread.join(30)
    clock[0] += jump
    record = play.run(FakeWorker())
    assert record.status is RunStatus.SUCCEEDED
    assert all(visit.seconds is not None and 0 <= visit.seconds < 30 for visit in record.visits)
    assert 0 <= record.seconds < 60


def test_a_pause_between_attempts_ends_with_the_run(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A")
    worker = FakeWorker({"A": fails()}, policies={"A": Policy(RetryPolicy(5, delay=3600, jitter=False))})
    heard, observer = hears(EventType.NODE_RETRIED)
    executor, thread = start(play, worker, observers=[observer])
    assert heard.wait(30)
    executor.cancel()
    thread.join(30)
    record = play.record()
    assert record.status is RunStatus.CANCELLED
    assert statuses(record) == {"A": "failed"}


def test_an_attempt_that_waits_for_its_turn_ends_with_the_run(tmp_path: Path) -> None:
    gate = Gate()
    play = Play.of(tmp_path, "A\nB")
    worker = FakeWorker({"A": fails(), "B": gate}, policies={"A": Policy(RetryPolicy(5, delay=0.001, jitter=False))})
    executor, thread = start(play, worker, Options(parallel=1, grace=0.2, poll=0.02))
    assert gate.entered.wait(30)
    thread.join(0.05)  # the pause is over; the attempt waits for its turn
    executor.cancel()
    gate.opened.set()
    thread.join(30)
    record = play.record()
    assert record.status is RunStatus.CANCELLED
    assert statuses(record) == {"A": "failed", "B": "succeeded"}


def test_an_interrupted_settlement_is_done_again_on_resume(tmp_path: Path) -> None:
    entered = threading.Event()

    def settle(nodes: frozenset[str], emit: object, cancellation: Cancellation) -> None:
        entered.set()
        assert cancellation.wait(30)
        cancellation.raise_if_requested()

    play = Play.of(tmp_path, "A --> B")
    executor, thread = start(play, FakeWorker(on_settle=settle))
    assert entered.wait(30)
    executor.cancel(CancelLevel.INTERRUPT)
    thread.join(30)
    record = play.record()
    assert record.status is RunStatus.CANCELLED
    assert statuses(record) == {"A": "succeeded", "B": "succeeded"}
    worker = FakeWorker()
    assert play.run(worker).status is RunStatus.SUCCEEDED
    assert worker.settled == [frozenset({"A", "B"})]
    assert worker.ran == []


def test_a_settlement_that_ends_in_spite_of_an_interrupt_counts(tmp_path: Path) -> None:
    entered = threading.Event()

    def settle(nodes: frozenset[str], emit: object, cancellation: Cancellation) -> None:
        entered.set()
        assert cancellation.wait(30)

    play = Play.of(tmp_path, "A")
    executor, thread = start(play, FakeWorker(on_settle=settle))
    assert entered.wait(30)
    executor.cancel(CancelLevel.INTERRUPT)
    thread.join(30)
    assert play.record().status is RunStatus.SUCCEEDED


# Fail fast

FAST = Options(fail_fast=True, grace=0.2, poll=0.02)


def test_failing_fast_interrupts_what_runs_and_starts_nothing_more(tmp_path: Path) -> None:
    gate = Gate()
    worker = FakeWorker({"A": lambda _: gate.entered.wait(30) and fails()(_), "B": gate})
    record = Play.of(tmp_path, "S --> A & B\nB --> C").run(worker, FAST)
    assert record.status is RunStatus.FAILED
    found = statuses(record)
    assert (found["A"], found["B"]) == ("failed", "cancelled")
    assert "C" not in worker.ran


def test_failing_fast_ends_timers_and_pauses(tmp_path: Path) -> None:
    heard = threading.Barrier(3, timeout=30)

    def observe(event: Event) -> None:
        if event.type is EventType.NODE_RETRIED or (event.type is EventType.NODE_STARTED and event.node == "T"):
            in_background(heard.wait)

    def fails_later(visit: Visit) -> object:
        heard.wait()
        raise RuntimeError

    worker = FakeWorker(
        {"A": fails_later, "P": fails()}, policies={"P": Policy(RetryPolicy(5, delay=3600, jitter=False))}
    )
    text = 'S --> A & P\nS --> T@{ shape: delay, label: "Wait 2 hours" }'
    record = Play.of(tmp_path, text).run(worker, FAST, observers=[observe])
    assert statuses(record) == {"S": "succeeded", "A": "failed", "P": "cancelled", "T": "cancelled"}


def test_what_failing_fast_ended_does_not_come_back(tmp_path: Path) -> None:
    def longer_than_all_alarms(visit: Visit) -> None:
        assert not visit.cancellation.wait(0.1)  # what cleans up is not cancelled

    worker = FakeWorker(
        {"A": fails(), "P": fails(), "U": longer_than_all_alarms},
        policies={"P": Policy(RetryPolicy(5, delay=0.03, jitter=False))},
    )
    text = 'P\nT@{ shape: delay, label: "Wait 0.05s" }\nA -->|always| U[Unlock]'
    record = Play.of(tmp_path, text).run(worker, Options(fail_fast=True, grace=0.2, poll=0.02))
    assert record.status is RunStatus.FAILED
    found = statuses(record)
    assert (found["T"], found["P"], found["U"]) == ("cancelled", "cancelled", "succeeded")
    assert worker.ran.count("P") == 1


def test_failing_fast_still_cleans_up(tmp_path: Path) -> None:
    worker = FakeWorker({"A": fails()})
    record = Play.of(tmp_path, "A -->|always| U[Unlock]\nB --> C").run(worker, Options(1, fail_fast=True, poll=0.02))
    assert record.status is RunStatus.FAILED
    assert "U" in worker.ran
    assert "C" not in worker.ran


# When the loop itself cannot go on


def test_an_engine_that_breaks_off_has_its_handlers_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play, gate, stopped = Play.of(tmp_path, "A\nB"), Gate(), threading.Event()

    def stops(visit: Visit) -> object:
        try:
            return gate(visit)
        finally:
            stopped.set()

    def breaks(_: Visit) -> object:
        assert gate.entered.wait(30)
        return {}

    worker = FakeWorker({"A": stops, "B": breaks})
    worker.graph = play.graph
    executor = Executor(play.graph, play.folder, worker, options=QUICK)
    monkeypatch.setattr(executor._attendance, "on_outcome", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        executor.run()
    assert stopped.wait(30)
    assert play.record().status is RunStatus.INTERRUPTED


def test_an_engine_that_breaks_off_has_settlements_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, stopped = threading.Event(), threading.Event()

    def settle(nodes: frozenset[str], emit: Callable[[Event], None], cancellation: Cancellation) -> None:
        entered.set()
        assert cancellation.wait(30)
        emit(Event(EventType.NOTICE, data={"message": "stopping"}))
        stopped.set()

    play = Play.of(tmp_path, "---\nmflow: {subgraphs: stages}\n---\nflowchart TD\nsubgraph one\nA\nend\nB")
    worker = FakeWorker({"B": lambda _: entered.wait(30) and None}, on_settle=settle)
    worker.graph = play.graph
    executor = Executor(play.graph, play.folder, worker, options=QUICK)
    understand = executor._attendance.on_outcome
    monkeypatch.setattr(
        executor._attendance, "on_outcome", lambda outcome: understand(outcome) if outcome.node == "A" else 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        executor.run()
    assert stopped.is_set()


def test_an_engine_that_breaks_off_does_not_wait_forever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, entered = Gate(heeds_cancellation=False), threading.Event()

    def settle(nodes: frozenset[str], emit: Callable[[Event], None], cancellation: Cancellation) -> None:
        emit(Event(EventType.NOTICE, data={"message": "about to settle"}))
        entered.set()
        cancellation.wait(30)

    text = "---\nmflow: {subgraphs: stages}\n---\nflowchart TD\nsubgraph one\nA\nend\nB\nC"
    play = Play.of(tmp_path, text)
    worker = FakeWorker({"B": gate, "C": lambda _: entered.wait(30) and None}, on_settle=settle)
    worker.graph = play.graph
    executor = Executor(play.graph, play.folder, worker, options=QUICK)
    course_waits = executor._attendance.on_outcome

    def on_outcome(outcome: object) -> object:
        if getattr(outcome, "node", "") == "C":
            raise ZeroDivisionError
        return course_waits(outcome)  # type: ignore[arg-type]  # an Outcome

    monkeypatch.setattr(executor._attendance, "on_outcome", on_outcome)
    with pytest.raises(ZeroDivisionError):
        executor.run()
    gate.opened.set()
