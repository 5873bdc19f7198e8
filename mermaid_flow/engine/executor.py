"""Runs a diagram on this machine: a loop that owns the run, and threads that call the worker.

The loop waits for something to be reported (an attempt that ended, an event that a handler records, a cancellation, an
approval from another process), journals it together with all that follows from it, and only then acts on it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from queue import Empty

from mermaid_flow import __version__
from mermaid_flow.engine._attempts import Elsewhere, Outcome, Settled
from mermaid_flow.engine._attendance import Attendance, Report
from mermaid_flow.engine._course import Steps
from mermaid_flow.engine._courses import course_of
from mermaid_flow.engine._memory import Remembered
from mermaid_flow.engine.approvals import waiting_visits
from mermaid_flow.engine.cancellation import CancelLevel, cancel_event, requested_level
from mermaid_flow.engine.diagram_change import translated
from mermaid_flow.engine.events import Event, EventType, Observer, RunStatus
from mermaid_flow.engine.folder import RunFolder, digest
from mermaid_flow.engine.journal import Journal
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Worker
from mermaid_flow.engine.visit_reader import strings
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.graph.sequence import SequenceTree

_log = logging.getLogger(__name__)


def execute(
    graph: FlowGraph | SequenceTree,
    folder: RunFolder,
    worker: Worker,
    *,
    options: Options | None = None,
    observers: Sequence[Observer] = (),
    start_from: str | None = None,
    reusable: Mapping[str, Remembered] | None = None,
    hidden: Collection[str] = (),
    elsewhere: Elsewhere | None = None,
) -> RunStatus:
    """Run, or resume, the run of `folder` and return how it ended. See `Executor`."""
    return Executor(
        graph,
        folder,
        worker,
        options=options,
        observers=observers,
        start_from=start_from,
        reusable=reusable,
        hidden=hidden,
        elsewhere=elsewhere,
    ).run()


class Executor:
    """Carries out one run. `run` is called once; `cancel` from anywhere, signal handlers included.

    A folder whose journal has events is resumed: `mermaid_flow.engine.resume` says what runs again. `start_from` names
    a node that runs again with all that comes after it. `reusable` are results of another run (`resume.reusable`, or
    `sequence_memory.reusable_replies`).
    `hidden` are secrets that must not get into errors, tracebacks and what handlers record; values of nodes are kept
    as they are, because a resumed run needs them. With `elsewhere`, attempts run there, and a
    run that is in the middle is taken over as it is instead of being resumed.
    Observers are called by the thread that runs `run`, in journal order, after an event is on the disk.
    """

    def __init__(
        self,
        graph: FlowGraph | SequenceTree,
        folder: RunFolder,
        worker: Worker,
        *,
        options: Options | None = None,
        observers: Sequence[Observer] = (),
        start_from: str | None = None,
        reusable: Mapping[str, Remembered] | None = None,
        hidden: Collection[str] = (),
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._graph = graph
        self._folder = folder
        self._worker = worker
        self._options = options or Options()
        self._observers = list(observers)
        self._start_from = start_from
        self._elsewhere = elsewhere
        self._course = course_of(graph, worker, self._options, reusable)
        self._attendance = Attendance(self._course, folder, worker, self._options.grace, hidden, elsewhere)
        self._heard = CancelLevel.NONE
        """The cancellation that has been acted on."""
        self._asked = CancelLevel.NONE

    def cancel(self, level: CancelLevel | None = None) -> CancelLevel:
        """Ask the run to stop; without a level, each call asks for the next one. Returns the level asked for."""
        if level is None:
            level = CancelLevel(min(CancelLevel.KILL, self._asked + 1))
        self._asked = max(self._asked, level)
        self._attendance.inbox.put(level)
        return level

    def run(self) -> RunStatus:
        """Run to the end.

        Raises MflowError when another process works on the run, when the record does not fit the graph and when the
        journal cannot be written; after the last, the run can be resumed.
        """
        with self._folder.lock(), self._folder.journal() as journal:
            try:
                self._carry_out(journal, self._open(journal.read()))
                while not self._course.finished:
                    self._carry_out(journal, self._receive())
            except BaseException:
                self._attendance.abandon()
                raise
            finally:
                self._attendance.close()
        return self._course.status

    def _open(self, past: Sequence[Event]) -> list[Event]:
        """Fold what has happened already, and say how this process begins."""
        course = self._course
        past = translated(past, digest(self._folder.source.text))
        for event in past:
            course.fold(event)
        self._note(past)
        if self._elsewhere is not None and is_in_progress(past):
            return self._take_over(past, self._elsewhere)
        course.level = CancelLevel.NONE
        data: dict[str, object] = {
            "run": self._folder.id,
            "diagram": self._graph.name,
            "target": self._folder.metadata.target,
            "mflow": __version__,
            "parallel": self._options.parallel,
            "fail_fast": self._options.fail_fast,
        }
        if not past:
            return [Event(EventType.RUN_STARTED, data=data)]
        answers = [
            answer
            for node, waiting in waiting_visits(past).items()
            for answer in course.automatic_answer(node, waiting.visit, strings(waiting.data.get("choices")))
        ]
        again = course.opening(past, self._start_from)
        return [Event(EventType.RUN_STARTED, data=data | {"resumed": True}), *answers, *again]

    def _take_over(self, past: Sequence[Event], elsewhere: Elsewhere) -> list[Event]:
        """Go on in the middle of what another process did; what it was asked still holds."""
        began = max(index for index, event in enumerate(past) if event.type is EventType.RUN_STARTED)
        self._course.level = max(map(requested_level, past[began:]))
        events, launches = self._course.take_over(past, elsewhere.has)
        for launch in launches:
            self._attendance.launch(launch)
        return [Event(EventType.NOTICE, data={"message": "another worker took the run over", "level": "info"}), *events]

    def _note(self, events: Sequence[Event]) -> None:
        if self._elsewhere is not None:
            for event in events:
                self._elsewhere.note(event)

    def _carry_out(self, journal: Journal, events: Sequence[Event]) -> None:
        """Journal the events and what follows from them, act on that, and again until nothing follows."""
        while True:
            steps = self._course.advance(journal, events)
            self._note(steps.stored)
            self._tell(steps.stored)
            events = self._act(steps)
            if not events:
                return

    def _tell(self, events: Sequence[Event]) -> None:
        for observer in tuple(self._observers):
            try:
                for event in events:
                    observer(event)
            except Exception:
                _log.exception("an observer of run %s failed and is not called any more", self._folder.id)
                self._observers.remove(observer)

    def _act(self, steps: Steps) -> list[Event]:
        """Start and stop what the steps say. Returns what there is to record about it."""
        for launch in steps.launches:
            self._attendance.launch(launch)
        events = [event for timer in steps.timers for event in self._attendance.start_timer(*timer)]
        for settlement in steps.settles:
            self._attendance.settle(settlement)
        for command in steps.cancels:
            events += self._attendance.stop(command)
        if self._course.level > self._heard:
            self._heard = self._course.level
            events += self._attendance.wind_down(self._heard)
        return events

    def _receive(self) -> list[Event]:
        """Wait for reports and alarms, and turn all there are into events."""
        inbox, alarms = self._attendance.inbox, self._attendance.alarms
        reports: list[Report] = []
        with suppress(Empty):
            reports.append(inbox.get(timeout=alarms.next_within(self._options.poll)))
            while True:
                reports.append(inbox.get_nowait())
        return [event for report in reports for event in self._understand(report)] + alarms.ring()

    def _understand(self, report: Report) -> Sequence[Event]:
        if isinstance(report, Outcome):
            return self._attendance.on_outcome(report)
        if isinstance(report, Settled):
            return self._attendance.on_settled(report)
        if isinstance(report, CancelLevel):
            return [cancel_event(report)]
        if report.node is not None and self._course.knows(report.node):
            # Terraform's events name the node that declared a resource; only the engine knows its visit.
            return [replace(report, visit=self._course.visit(report.node))]
        return [report]


def is_in_progress(past: Sequence[Event]) -> bool:
    """Whether these events end in the middle of a run: nobody has recorded its end."""
    lifecycle = [event.type for event in past if event.type in {EventType.RUN_STARTED, EventType.RUN_FINISHED}]
    return bool(lifecycle) and lifecycle[-1] is EventType.RUN_STARTED
