"""The course of a flowchart's run: the scheduler decides, the memory keeps values, the agenda gives turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mermaid_flow.engine._agenda import Agenda, Turn
from mermaid_flow.engine._course import Course, Launch, Steps, attempts_in
from mermaid_flow.engine._memory import Memory, Remembered
from mermaid_flow.engine.cancellation import requested_level
from mermaid_flow.engine.events import Event, EventType, NodeStatus, RunStatus
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Worker
from mermaid_flow.engine.resume import interruptions, restart, was_pausing
from mermaid_flow.engine.scheduler import Cancel, Decide, Record, Scheduler, Settle, Start
from mermaid_flow.graph.model import EdgeKind, FlowGraph, Node, Role


class FlowCourse(Course):
    """The course of a flowchart: what the scheduler, the memory and the agenda make of events together."""

    def __init__(self, graph: FlowGraph, worker: Worker, options: Options, reusable: Mapping[str, Remembered]) -> None:
        super().__init__(options)
        self.graph = graph
        self.scheduler = Scheduler(graph)
        self.memory = Memory(graph, reusable)
        self.agenda = Agenda(graph, options.parallel, options.limits)
        self._worker = worker
        self._reconciling: set[str] = set()
        self._timer_starts: dict[tuple[str, int], float] = {}

    @property
    def finished(self) -> bool:
        return self.scheduler.finished

    @property
    def status(self) -> RunStatus:
        return self.scheduler.status

    def fold(self, event: Event) -> None:
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

    def opening(self, past: Sequence[Event], start_from: str | None) -> list[Event]:
        return restart(self.graph, self.scheduler, self._worker, past, start_from)

    def take_over(self, past: Sequence[Event], remains: Callable[[str, int], bool]) -> tuple[list[Event], list[Launch]]:
        attempts = attempts_in(past)
        events: list[Event] = []
        launches: list[Launch] = []
        for event in interruptions(self.graph, self.scheduler, self._worker, past):
            node = str(event.node)
            if self.is_timer(node) or was_pausing(past, node) or not remains(node, event.visit):
                events.append(event)
            else:
                self.agenda.occupy(node)
                launches.append(Launch(node, event.visit, attempts[node], self.memory.lineage(node)))
        return events, launches

    def knows(self, node: str) -> bool:
        return node in self.graph.nodes

    def node(self, node: str) -> Node:
        return self.graph.nodes[node]

    def visit(self, node: str) -> int:
        return self.scheduler.visit(node)

    def has_succeeded(self, node: str) -> bool:
        return self.knows(node) and self.scheduler.node_status(node) is NodeStatus.SUCCEEDED

    def seen_by(self, node: str) -> Mapping[str, Mapping[str, object]]:
        return self.memory.seen_by(node)

    def again(self, launch: Launch) -> None:
        self.agenda.add(launch.node, launch.visit, launch.attempt + 1)

    def release(self, node: str) -> None:
        self.agenda.release(node)

    def is_timer(self, node: str) -> bool:
        """Whether the engine itself waits for this node's duration."""
        model = self.graph.nodes[node]
        return model.role is Role.TIMER and not self._worker.handles(model)

    def timer_start(self, node: str, visit: int) -> float | None:
        return self._timer_starts.get((node, visit))

    def _follow(self, record: Callable[[Event], None], steps: Steps) -> None:
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
            else:
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
        elif not self.options.wait and self.scheduler.status is RunStatus.WAITING:
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
