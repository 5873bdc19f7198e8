"""The course of a run: what the journal, the scheduler, the memory and the agenda make of reported events together.

No threads and no time in here, so that it can be followed: events go in; what was stored and what is to be started
come out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mermaid_flow.engine._agenda import Agenda, Turn
from mermaid_flow.engine._memory import Memory, Remembered
from mermaid_flow.engine.approvals import AUTOMATIC
from mermaid_flow.engine.cancellation import CancelLevel, requested_level
from mermaid_flow.engine.events import Event, EventType, NodeStatus, RunStatus
from mermaid_flow.engine.journal import Journal
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Worker
from mermaid_flow.engine.scheduler import Cancel, Decide, Finish, Record, Scheduler, Settle, Start
from mermaid_flow.graph.model import EdgeKind, FlowGraph, Role


@dataclass(frozen=True, slots=True)
class Launch:
    """A node to run now. `reconcile`: an attempt was in flight when a process died, and its effects are unknown."""

    node: str
    visit: int
    attempt: int
    lineage: str
    reconcile: bool = False


@dataclass(slots=True)
class Steps:
    """What has been stored, by whomever, and what is to be done about it."""

    stored: list[Event] = field(default_factory=list)
    launches: list[Launch] = field(default_factory=list)
    timers: list[tuple[str, int]] = field(default_factory=list)
    settles: list[Settle] = field(default_factory=list)
    cancels: list[Cancel] = field(default_factory=list)


class Course:
    """Journals events together with all that follows from them. One owner."""

    def __init__(self, graph: FlowGraph, worker: Worker, options: Options, reusable: Mapping[str, Remembered]) -> None:
        self.graph = graph
        self.scheduler = Scheduler(graph)
        self.memory = Memory(graph, reusable)
        self.agenda = Agenda(graph, options.parallel, options.limits)
        self.level = CancelLevel.NONE
        self.gave_up = False
        """True when work was interrupted that the scheduler still waits for: the run ends as cancelled without it."""
        self._worker = worker
        self._options = options
        self._reconciling: set[str] = set()
        self._timer_starts: dict[tuple[str, int], float] = {}
        self._began = time.monotonic()

    def fold(self, event: Event) -> None:
        """Take note of an event that is in the journal, or will be in a moment."""
        self.scheduler.apply(event)
        self.memory.note(event)
        self.level = max(self.level, requested_level(event))
        node = event.node
        if node is None:
            return
        if event.type is EventType.NODE_INTERRUPTED and event.data.get("policy") == "reconcile":
            self._reconciling.add(node)
        elif event.type is EventType.NODE_STARTED:
            self._reconciling.discard(node)
            if event.at and self.is_timer(node):
                self._timer_starts.setdefault((node, event.visit), event.at)

    def advance(self, journal: Journal, reported: Iterable[Event]) -> Steps:
        """Journal what was reported and all that follows from it, durably, in one go."""
        steps = Steps()
        fresh: list[Event] = []

        def record(event: Event) -> None:
            self.fold(event)
            fresh.append(event)

        with journal.exclusive():
            for event in journal.read():
                self.fold(event)
                steps.stored.append(event)
            for event in reported:
                record(event)
            known = -1
            while known != len(fresh) and not self.scheduler.finished:
                known = len(fresh)
                self._follow(record, steps)
            if fresh:
                steps.stored += journal.append(fresh)
        return steps

    def finish(self, status: RunStatus) -> Event:
        """The event that ends the run."""
        seconds = round(time.monotonic() - self._began, 6)
        return Event(EventType.RUN_FINISHED, data={"status": status.value, "seconds": seconds})

    def is_timer(self, node: str) -> bool:
        """Whether the engine itself waits for this node's duration."""
        model = self.graph.nodes[node]
        return model.role is Role.TIMER and not self._worker.handles(model)

    def timer_start(self, node: str, visit: int) -> float | None:
        """When the timer was started before this process took the run over, by the wall clock."""
        return self._timer_starts.get((node, visit))

    def _follow(self, record: Callable[[Event], None], steps: Steps) -> None:
        """Do what the scheduler says, once."""
        commands = self.scheduler.commands()
        for command in commands:
            if isinstance(command, Record):
                record(command.event)
            elif isinstance(command, Start | Decide):
                self._begin(command.node, command.visit, record, steps)
            elif isinstance(command, Settle):
                steps.settles.append(command)
            elif isinstance(command, Cancel):
                steps.cancels.append(command)
            elif isinstance(command, Finish):
                record(self.finish(command.status))
                return
        for turn in self.agenda.starting(self._is_due):
            reconcile = turn.node in self._reconciling
            record(Event(EventType.NODE_STARTED, turn.node, turn.visit, {"attempt": turn.attempt}))
            lineage = self.memory.lineage(turn.node)
            steps.launches.append(Launch(turn.node, turn.visit, turn.attempt, lineage, reconcile))
        if not commands:
            self._end_without_scheduler(record)

    def _end_without_scheduler(self, record: Callable[[Event], None]) -> None:
        if self.gave_up and not self.scheduler.running:
            record(self.finish(RunStatus.CANCELLED))
        elif not self._options.wait and self.scheduler.status is RunStatus.WAITING:
            record(self.finish(RunStatus.WAITING))

    def _begin(self, node: str, visit: int, record: Callable[[Event], None], steps: Steps) -> None:
        """A node is ready: it waits for a person, for time, for its turn, or has its result already."""
        model = self.graph.nodes[node]
        if model.role is Role.MANUAL and not self._worker.handles(model):
            for event in self.waiting(node, visit, model.label, self._choices(node)):
                record(event)
        elif (reused := self._reused(node, visit)) is not None:
            record(reused)
        elif self.is_timer(node):
            record(Event(EventType.NODE_STARTED, node, visit, {"attempt": 1}))
            steps.timers.append((node, visit))
        else:
            self.agenda.add(node, visit)

    def waiting(self, node: str, visit: int, prompt: str, choices: tuple[str, ...]) -> list[Event]:
        """The events for a node that waits for a person; with the answer, when it is to be approved without asking."""
        data = {"prompt": prompt, "choices": list(choices)}
        return [Event(EventType.NODE_WAITING, node, visit, data), *self.automatic_answer(node, visit, choices)]

    def automatic_answer(self, node: str, visit: int, choices: Sequence[str]) -> list[Event]:
        """What `--auto-approve` answers: nothing when there is something to choose."""
        if not self._options.auto_approve or len(choices) > 1:
            return []
        data = {"by": AUTOMATIC, **({"choice": choices[0]} if choices else {})}
        return [Event(EventType.NODE_APPROVED, node, visit, data)]

    def _choices(self, node: str) -> tuple[str, ...]:
        """The labels that a person picks from: none when no out-edge has a label."""
        labels = [edge.label for edge in self.graph.outgoing[node] if edge.kind is EdgeKind.CONTROL and edge.label]
        return tuple(dict.fromkeys(labels))

    def _reused(self, node: str, visit: int) -> Event | None:
        if not self.memory.has_reusable(node):
            return None
        inputs = self._worker.inputs_digest(self.graph.nodes[node])
        result = self.memory.reusable(node, inputs)
        if result is None:
            return None
        data: dict[str, object] = {"values": result.values, "inputs": inputs, "lineage": result.lineage}
        if result.skipped is not None:
            data["skipped"] = result.skipped
        return Event(EventType.NODE_SUCCEEDED, node, visit, data | {"reused": result.origin})

    def _is_due(self, turn: Turn) -> bool:
        """Whether a turn still stands: much can happen while it waits."""
        scheduler = self.scheduler
        if turn.attempt == 1:
            return scheduler.is_due(turn.node, turn.visit)
        running = scheduler.node_status(turn.node) is NodeStatus.RUNNING and scheduler.visit(turn.node) == turn.visit
        return running and not self.level
