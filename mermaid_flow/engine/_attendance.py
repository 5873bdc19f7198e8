"""Everything that is under way in a run: attempts on threads, pauses between attempts, timers, settlements.

One owner calls it. What threads report comes to the owner through `inbox`, and the owner hands it back to the method
that knows what it means; each method returns the events to record.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeAlias

from mermaid_flow.engine._alarms import Alarms
from mermaid_flow.engine._attempts import Elsewhere, Outcome, Settled, attempt, checked, error_data, error_text, settle
from mermaid_flow.engine._course import Course, Launch
from mermaid_flow.engine._threads import Threads
from mermaid_flow.engine.cancellation import CancelLevel
from mermaid_flow.engine.durations import duration_in
from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.policies import is_retried, retry_delay
from mermaid_flow.engine.ports import ApprovalNeeded, HandedHome, Policy, Visit, Worker
from mermaid_flow.engine.scheduler import Cancel, Settle
from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.context import Cancellation

Report: TypeAlias = Outcome | Settled | Event | CancelLevel
"""What comes through the inbox."""


@dataclass(slots=True)
class _Active:
    """An attempt that runs on a thread, or elsewhere."""

    launch: Launch
    policy: Policy
    cancellation: Cancellation
    visit: Visit
    timed_out: bool = False
    here: bool = False
    """Whether it runs on a thread of this process."""


@dataclass(frozen=True, slots=True)
class _Pause:
    """A failed attempt after which another one follows, until that begins."""

    launch: Launch
    failure: Event
    """What to record when it does not follow after all."""


class Attendance:
    """Starts what the course says, and says what came of it."""

    def __init__(
        self,
        course: Course,
        folder: RunFolder,
        worker: Worker,
        grace: float,
        hidden: Collection[str] = (),
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self.inbox: SimpleQueue[Report] = SimpleQueue()
        self.alarms = Alarms()
        self._course = course
        self._folder = folder
        self._worker = worker
        self._grace = grace
        self._hidden = hidden
        self._elsewhere = elsewhere
        self._threads = Threads(f"mflow-{folder.id}")
        self._active: dict[str, _Active] = {}
        self._pauses: dict[str, _Pause] = {}
        self._timers: dict[str, int] = {}
        """Visits of the timer nodes that run."""
        self._settling: dict[str | None, Cancellation] = {}

    # Begin

    def launch(self, launch: Launch) -> None:
        """Run an attempt, elsewhere if there is such a place."""
        node = self._course.node(launch.node)
        cancellation = Cancellation()
        visit = Visit(
            node=node,
            number=launch.visit,
            attempt=launch.attempt,
            folder=self._folder.visit_folder(node.id, launch.visit),
            values=self._course.seen_by(node.id),
            items=self._course.items(node.id),
            cancellation=cancellation,
            emit=self._emit,
            interrupted=launch.reconcile,
        )
        active = self._active[node.id] = _Active(launch, self._worker.policy(node), cancellation, visit)
        self._pauses.pop(node.id, None)
        if self._elsewhere is not None:
            self._elsewhere.start(visit, self.inbox.put)
        else:
            self._run_here(active)

    def _run_here(self, active: _Active) -> list[Event]:
        """Run an attempt on a thread."""
        active.here = True
        if active.policy.timeout is not None:
            self.alarms.set(active.policy.timeout, partial(self._on_timeout, active))
        self._threads.submit(lambda: self.inbox.put(attempt(self._worker, active.visit, self._hidden)))
        return []

    def start_timer(self, node: str, visit: int) -> list[Event]:
        """Wait without a thread. A timer that another process started goes on; the wall clock may have been moved."""
        duration = duration_in(self._course.node(node).label)
        if duration is None:
            error = MflowError(
                "no duration in the label", code="timer.duration", hint="write for instance `Wait 30s` or `5 minutes`"
            )
            return [
                Event(EventType.NODE_FAILED, node, visit, {"error": error_data(error, self._hidden), "kind": "error"})
            ]
        started = self._course.timer_start(node, visit)
        passed = 0.0 if started is None else self._folder.clock() - started
        self._timers[node] = visit
        self.alarms.set(duration - min(max(passed, 0.0), duration), partial(self._on_timer, node, visit, duration))
        return []

    def settle(self, command: Settle) -> None:
        """Have the worker apply what is declared, on a thread."""
        cancellation = self._settling[command.stage] = Cancellation()
        self._threads.submit(
            lambda: self.inbox.put(settle(self._worker, command.stage, command.nodes, self._emit, cancellation))
        )

    def _emit(self, event: Event) -> None:
        self.inbox.put(checked(event, self._hidden))

    # Stop

    def stop(self, command: Cancel) -> list[Event]:
        """Stop one node: another one failed, and the run fails fast."""
        if command.node in self._active:
            self._active[command.node].cancellation.request()
            return []
        self._pauses.pop(command.node, None)
        self._timers.pop(command.node, None)
        return [Event(EventType.NODE_CANCELLED, command.node, command.visit)]

    def wind_down(self, level: CancelLevel) -> list[Event]:
        """The run is cancelled. What only waits ends at once; a timer goes on counting for a resume."""
        events = [
            Event(EventType.NODE_INTERRUPTED, node, visit, {"policy": "rerun"}) for node, visit in self._timers.items()
        ]
        events += [pause.failure for pause in self._pauses.values()]
        self._timers.clear()
        self._pauses.clear()
        if level >= CancelLevel.INTERRUPT:
            self._interrupt()
        if level is CancelLevel.KILL:
            events.append(self._course.finish(RunStatus.CANCELLED))
        return events

    def abandon(self) -> None:
        """This process cannot go on: have its handlers stop, and give them their time for it.

        What runs elsewhere goes on, for whoever takes the run over.
        """
        if self._elsewhere is not None:
            self._elsewhere.close()
        self._active = {node: active for node, active in self._active.items() if active.here}
        self._interrupt()
        patience = time.monotonic() + self._grace
        while self._active or self._settling:
            try:
                report = self.inbox.get(timeout=max(0.0, patience - time.monotonic()))
            except Empty:
                return
            if isinstance(report, Outcome):
                self._active.pop(report.node, None)
            elif isinstance(report, Settled):
                self._settling.pop(report.stage, None)

    def close(self) -> None:
        """Let the threads end."""
        if self._elsewhere is not None:
            self._elsewhere.close()
        self._threads.close()

    def _interrupt(self) -> None:
        for active in self._active.values():
            active.cancellation.request()
        for cancellation in self._settling.values():
            cancellation.request()

    # What came of it

    def on_outcome(self, outcome: Outcome) -> list[Event]:
        """An attempt has ended."""
        active = self._active.get(outcome.node)
        if active is None or (active.launch.visit, active.launch.attempt) != (outcome.visit, outcome.attempt):
            return []  # The engine went on without it when its grace was over.
        if isinstance(outcome.result, HandedHome):
            return self._run_here(active)
        return self._on_end(active, outcome)

    def _on_end(self, active: _Active, outcome: Outcome) -> list[Event]:
        node, visit, result = outcome.node, outcome.visit, outcome.result
        if active.timed_out or outcome.timed_out:
            return self._end_in_failure(active, _too_long(active), outcome.seconds, "timeout")
        if isinstance(result, Event):
            self._release(active)
            data = {**result.data, "seconds": outcome.seconds}
            if "inputs" in data:
                data["lineage"] = active.launch.lineage
            return [replace(result, data=data)]
        if isinstance(result, ApprovalNeeded):
            self._release(active)
            return self._course.waiting(node, visit, result.prompt, result.choices)
        if active.cancellation.requested:
            self._release(active)
            data = {"error": error_data(result, self._hidden), "seconds": outcome.seconds}
            return [Event(EventType.NODE_CANCELLED, node, visit, data)]
        return self._end_in_failure(active, result, outcome.seconds, "error")

    def on_settled(self, settled: Settled) -> list[Event]:
        """A settlement has ended."""
        cancellation = self._settling.pop(settled.stage)
        if settled.errors and cancellation.requested:
            self._course.gave_up = True  # It is not known what is applied, so a resume settles again.
            return []
        errors: Mapping[str, BaseException] = {
            node: error
            for node, error in settled.errors.items()
            if node in settled.nodes or self._course.has_succeeded(node)
        }
        # Of a node that has failed before it is no news; what belongs to no node may belong to each of them.
        strange = [error for node, error in settled.errors.items() if not self._course.knows(node)]
        if strange and not errors:
            errors = dict.fromkeys(settled.nodes, strange[0])
        events = [
            Event(
                EventType.NODE_FAILED,
                node,
                self._course.visit(node),
                {"error": error_data(error, self._hidden), "kind": "error"},
            )
            for node, error in errors.items()
        ]
        return [*events, Event(EventType.SETTLED, data={"stage": settled.stage})]

    def _end_in_failure(self, active: _Active, error: BaseException, seconds: float, kind: str) -> list[Event]:
        """An attempt failed: another one follows after a pause, or the visit has failed."""
        self._release(active)
        launch, retry = active.launch, active.policy.retry
        data: dict[str, object] = {"error": error_data(error, self._hidden), "kind": kind, "seconds": seconds}
        failure = Event(EventType.NODE_FAILED, launch.node, launch.visit, data)
        if self._course.level or not is_retried(retry, launch.attempt, error_text(error)):
            return [failure]
        delay = retry_delay(retry, launch.attempt)
        pause = self._pauses[launch.node] = _Pause(launch, failure)
        self.alarms.set(delay, partial(self._on_pause_over, pause))
        return [replace(failure, type=EventType.NODE_RETRIED, data=data | {"attempt": launch.attempt, "delay": delay})]

    def _release(self, active: _Active) -> None:
        del self._active[active.launch.node]
        self._course.release(active.launch.node)

    # What time brings

    def _on_timer(self, node: str, visit: int, seconds: float) -> list[Event]:
        if self._timers.get(node) != visit:
            return []
        del self._timers[node]
        return [Event(EventType.NODE_SUCCEEDED, node, visit, {"values": {}, "seconds": seconds})]

    def _on_pause_over(self, pause: _Pause) -> list[Event]:
        launch = pause.launch
        if self._pauses.get(launch.node) is pause:
            self._course.again(launch)
        return []

    def _on_timeout(self, active: _Active) -> list[Event]:
        """Tell the handler. Its thread cannot be ended, so after the grace the engine goes on without it."""
        if self._active.get(active.launch.node) is active:
            active.timed_out = True
            active.cancellation.request()
            self.alarms.set(self._grace, partial(self._on_grace_over, active))
        return []

    def _on_grace_over(self, active: _Active) -> list[Event]:
        if self._active.get(active.launch.node) is not active:
            return []
        return self._end_in_failure(active, _too_long(active), (active.policy.timeout or 0.0) + self._grace, "timeout")


def _too_long(active: _Active) -> MflowError:
    return MflowError(
        f"it did not end within {active.policy.timeout:g} s", code="timeout", hint="its policy's `timeout` is the limit"
    )
