"""Drives a scheduler the way an engine does, with nodes that end in any order, and checks what must hold on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from mermaid_flow.engine.events import EdgeStatus, Event, EventType, RunStatus
from mermaid_flow.engine.scheduler import Cancel, Command, Decide, Finish, Record, Scheduler, Settle, Start
from mermaid_flow.graph.analysis import edges_back_into_flow
from mermaid_flow.graph.model import EdgeKind, FlowGraph, Role
from tests.engine.random_graphs import Script


@dataclass
class Drive:
    """One run. `journal` is what it recorded, `executed` the visits that ran, in the order of their start.

    With a journal given, that run is taken up; what was running is up to the test.
    """

    graph: FlowGraph
    script: Script
    random: Random
    fail_fast: bool = False
    cancel_at: int | None = None
    """Request a cancellation when the journal has so many events."""
    stop_at: int | None = None
    """Stop dead when the journal has so many events."""
    journal: list[Event] = field(default_factory=list)
    executed: list[tuple[str, int]] = field(default_factory=list)
    in_flight: list[tuple[str, int]] = field(default_factory=list)
    declared: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scheduler = folded(self.graph, self.journal)
        self.declared = dict(_successes(self.journal))
        self.in_flight += [(node, self.scheduler.visit(node)) for node in self.scheduler.waiting]
        self._in_vain = edges_back_into_flow(self.graph)
        self.record(EventType.RUN_STARTED, data={"fail_fast": self.fail_fast, "resumed": bool(self.journal)})

    def run(self) -> RunStatus:
        """Run to the end. Fails when the scheduler has nothing to say and nothing is in flight."""
        while not self.scheduler.finished and not self._is_dead():
            if self.cancel_at is not None and len(self.journal) >= self.cancel_at:
                self.cancel_at = None
                self.record(EventType.CANCEL_REQUESTED)
            limit = self.random.choice([None, None, 0, 1, 2])
            commands = self.scheduler.commands(limit)
            for command in commands:
                self.obey(command)
            if not commands and not self.in_flight:
                if limit is None:
                    raise AssertionError(f"deadlock: {self.scheduler.snapshot()}")
                continue
            if self.in_flight and not isinstance(commands[-1] if commands else None, Record):
                while self.in_flight and self.random.random() < 0.7:
                    self.end(*self.in_flight.pop(self.random.randrange(len(self.in_flight))))
        return self.scheduler.status

    def record(self, kind: EventType, node: str | None = None, visit: int = 1, **more: dict[str, object]) -> None:
        event = Event(kind, node, visit, **more)  # type: ignore[arg-type]  # more is data
        if not self._is_dead():
            self.scheduler.apply(event)
            self.journal.append(event)

    def obey(self, command: Command) -> None:
        match command:
            case Start(node, visit) | Decide(node, visit):
                self._check_start(node, visit)
                if isinstance(command, Start) or self.random.random() < 0.5:
                    self.record(EventType.NODE_STARTED, node, visit)
                if self.graph.nodes[node].role is Role.MANUAL:
                    self.record(EventType.NODE_WAITING, node, visit)
                self.executed.append((node, visit))
                self.in_flight.append((node, visit))
            case Record(event):
                self.record(event.type, event.node, event.visit, data=dict(event.data))
            case Settle(stage, nodes):
                for node in sorted(nodes):
                    if self.script.fate(node, self.declared[node]).kind == "declared in vain":
                        self.record(EventType.NODE_FAILED, node, self.scheduler.visit(node), data={"kind": "error"})
                self.record(EventType.SETTLED, data={"stage": stage})
            case Cancel(node, visit):
                if (node, visit) in self.in_flight and self.random.random() < 0.7:
                    self.in_flight.remove((node, visit))
                    self.record(EventType.NODE_CANCELLED, node, visit)
            case Finish(status):
                self.record(EventType.RUN_FINISHED, data={"status": str(status)})

    def end(self, node: str, visit: int) -> None:
        fate = self.script.fate(node, visit)
        role = self.graph.nodes[node].role
        if fate.kind in ("error", "timeout"):
            kind = EventType.NODE_REJECTED if role is Role.MANUAL else EventType.NODE_FAILED
            self.record(kind, node, visit, data={"kind": fate.kind})
        elif fate.kind == "cancelled":
            self.record(EventType.NODE_CANCELLED, node, visit)
        else:
            self.declared[node] = visit
            if role is Role.DECISION:
                self.record(EventType.DECISION_ANSWERED, node, visit, data={"edges": sorted(fate.edges)})
            elif role is Role.MANUAL:
                self.record(EventType.NODE_APPROVED, node, visit, data={"edges": sorted(fate.edges)})
            else:
                declared = fate.kind != "done"
                self.record(EventType.NODE_SUCCEEDED, node, visit, data={"declared": declared})

    def completed(self) -> list[str]:
        """The nodes whose work ended, in this order; a node again for each visit."""
        ends = ((event.node, event.visit) for event in self.journal if event.type in _ENDS and event.node is not None)
        return [node for node, _ in dict.fromkeys(ends)]

    def _check_start(self, node: str, visit: int) -> None:
        assert (node, visit) not in self.executed, f"{node} runs twice in visit {visit}"
        assert self.scheduler.visit(node) == visit
        assert self.scheduler.is_due(node, visit)
        into = [edge for edge in self.graph.incoming[node] if not edge.back and edge not in self._in_vain]
        states = {edge.index: self.scheduler.edge_status(edge.index) for edge in into}
        strong = [states[edge.index] for edge in into if edge.kind is not EdgeKind.WEAK]
        assert EdgeStatus.FAILED not in strong
        assert not strong or EdgeStatus.TAKEN in strong

    def _is_dead(self) -> bool:
        return self.stop_at is not None and len(self.journal) >= self.stop_at


_ENDS = (
    EventType.NODE_SUCCEEDED,
    EventType.NODE_FAILED,
    EventType.NODE_CANCELLED,
    EventType.DECISION_ANSWERED,
    EventType.NODE_APPROVED,
    EventType.NODE_REJECTED,
)


def _successes(journal: list[Event]) -> list[tuple[str, int]]:
    kinds = {EventType.NODE_SUCCEEDED, EventType.DECISION_ANSWERED, EventType.NODE_APPROVED}
    return [(event.node, event.visit) for event in journal if event.type in kinds and event.node is not None]


def folded(graph: FlowGraph, journal: list[Event]) -> Scheduler:
    scheduler = Scheduler(graph)
    for event in journal:
        scheduler.apply(event)
    return scheduler
