"""Which node runs next: a pure function of the graph and the recorded events. It does no input or output.

The engine's loop around it, whatever the backend:

    scheduler = Scheduler(graph)
    for event in journal: scheduler.apply(event)          # a fresh run has none
    while not scheduler.finished:
        for command in scheduler.commands(limit=free_workers):
            ...                                            # Record: journal the event, then apply it
        ...                                                # journal and apply what the workers report

The rules are those of docs/semantics.md, section 1. An event costs the degree of its node; nothing is ever rescanned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop

from mermaid_flow.engine._event_fold import EventFold
from mermaid_flow.engine._flow_tables import FlowTables
from mermaid_flow.engine.events import EdgeStatus, Event, EventType, NodeStatus, RunStatus
from mermaid_flow.engine.scheduler_commands import Cancel, Command, Decide, Finish, Record, Settle, Start
from mermaid_flow.graph.model import FlowGraph

__all__ = ["Cancel", "Command", "Decide", "Finish", "Record", "RunState", "Scheduler", "Settle", "Start", "fold"]


@dataclass(frozen=True, slots=True)
class RunState:
    """Where a run stands: what `show` and the renderer read. Edges by index of `graph.edges`."""

    status: RunStatus
    nodes: Mapping[str, NodeStatus]
    visits: Mapping[str, int]
    edges: tuple[EdgeStatus, ...]
    laps: Mapping[str, int]
    """The lap that each loop is in, by its header."""
    failures: tuple[str, ...]
    """Nodes whose failure nothing caught: what the run failed for."""


def fold(graph: FlowGraph, events: Iterable[Event]) -> RunState:
    """The state that a run's events lead to. Raises MflowError when they do not fit the graph."""
    scheduler = Scheduler(graph)
    for event in events:
        scheduler.apply(event)
    return scheduler.snapshot()


class Scheduler:
    """Folds events and says what to do next. Not thread-safe: one owner applies events and asks for commands."""

    def __init__(self, graph: FlowGraph) -> None:
        self.graph = graph
        self._tables = FlowTables(graph)
        self._fold = EventFold(self._tables)
        self._state = self._fold.state

    def apply(self, event: Event) -> None:
        """Fold one event. Raises MflowError when it cannot have happened in a run of this graph."""
        self._fold.apply(event)

    def commands(self, limit: int | None = None) -> list[Command]:
        """What has become due, in source order; at most `limit` of Start and Decide (None: all that are ready).

        When there is something to record, only that is returned: journal and apply each event, then ask again.
        Start, Decide, Settle and Cancel are given once, the others until the event that answers them is applied.
        On resume, apply RUN_STARTED, NODE_INTERRUPTED and NODE_RESET events before asking for the first time.
        """
        state, fold = self._state, self._fold
        fold.end_of_resets()
        if fold.finished is not None:
            return []
        if state.due or state.laps_due:
            records = [self._settlement(node) for node in sorted(state.due)]
            records += [self._lap(region, edge) for region, edge in sorted(state.laps_due.items())]
            return [Record(event) for event in records]
        if fold.outcome is not None:
            return [Finish(fold.outcome)]
        found: list[Command] = []
        if fold.cancelled:
            return found
        if fold.stopping:
            leave = fold.cancels_given | self._tables.aftermath  # What cleans up is not stopped.
            asked = [node for node in state.running if node not in leave]
            fold.cancels_given.update(asked)
            found += [Cancel(self._tables.ids[node], state.visit[node]) for node in asked]
        while limit is None or limit > 0:
            command = self._next_start()
            if command is None:
                break
            found.append(command)
            limit = None if limit is None else limit - 1
        return found + self._settles()

    def _next_start(self) -> Start | Decide | None:
        state, tables = self._state, self._tables
        while state.ready:
            node = heappop(state.ready)
            state.queued[node] = 0
            withheld = self._fold.stopping and node not in tables.aftermath
            if state.status[node] is NodeStatus.READY and not withheld:
                return (Decide if tables.is_decision[node] else Start)(tables.ids[node], state.visit[node])
        return None

    def _settles(self) -> list[Command]:
        state, fold = self._state, self._fold
        found: list[Command] = []
        for region in state.stages_due if not fold.stopping else ():
            stage = self._tables.regions[region]
            if stage.name not in fold.settles_given:
                found.append(self._settle(stage.name, [node for node in stage.nodes if node in state.unsettled]))
        if fold.settling is not None and None not in fold.settles_given:
            found.append(self._settle(None, fold.settling))
        return found

    def _settle(self, stage: str | None, nodes: Iterable[int]) -> Settle:
        self._fold.settles_given.add(stage)
        return Settle(stage, frozenset(self._tables.ids[node] for node in nodes))

    def _settlement(self, node: int) -> Event:
        """The event for a node that does not run: no in-edge was taken, or one failed."""
        state, tables = self._state, self._tables
        if not state.failed_in[node]:
            return Event(EventType.NODE_SKIPPED, tables.ids[node], state.visit[node])
        failed = {
            tables.source[e] for e in tables.into[node] if tables.counts[e] and state.edge[e] is EdgeStatus.FAILED
        }
        because = [tables.ids[source] for source in sorted(failed)]
        return Event(EventType.NODE_BLOCKED, tables.ids[node], state.visit[node], {"because": because})

    def _lap(self, region: int, edge: int) -> Event:
        """The event for a loop whose back-edge was taken: the next lap, or the failure to be done in time."""
        state, loop = self._state, self._tables.regions[region]
        source = self._tables.source[edge]
        node, visit, lap = self._tables.ids[source], state.visit[source], state.lap[region]
        if lap < loop.max_laps:
            return Event(EventType.LOOP_LAPPED, node, visit, {"header": loop.name, "lap": lap + 1})
        error = {
            "code": "loop.laps",
            "message": f"the loop from {node!r} back to {loop.name!r} was not left within {lap} laps",
            "hint": f"look at why it goes on, or raise `mflow: {{max_laps: {{{loop.name}: …}}}}` in the front matter",
        }
        return Event(EventType.NODE_FAILED, node, visit, {"error": error, "kind": "laps"})

    def is_due(self, node: str, visit: int) -> bool:
        """True while a Start or Decide that has been given still holds: nothing has made it void before it began."""
        number = self._tables.index[node]
        withheld = self._fold.cancelled or (self._fold.stopping and number not in self._tables.aftermath)
        return not withheld and (self.node_status(node), self.visit(node)) == (NodeStatus.READY, visit)

    @property
    def finished(self) -> bool:
        """True when RUN_FINISHED has been applied."""
        return self._fold.finished is not None

    @property
    def status(self) -> RunStatus:
        """WAITING when approvals are all that is left to go on with."""
        state, fold = self._state, self._fold
        if fold.finished is not None:
            return fold.finished
        busy = state.running or state.due or state.laps_due or state.ready_count or state.stages_due or fold.settling
        return RunStatus.WAITING if state.waiting and not busy else RunStatus.RUNNING

    @property
    def running(self) -> tuple[str, ...]:
        """Nodes that have started and not ended, the longest running first."""
        return tuple(self._tables.ids[node] for node in self._state.running)

    @property
    def waiting(self) -> tuple[str, ...]:
        """Nodes that wait for a person."""
        return tuple(self._tables.ids[node] for node in self._state.waiting)

    @property
    def failures(self) -> tuple[str, ...]:
        """Nodes that failed or were cancelled, with nothing to catch it."""
        return tuple(self._tables.ids[node] for node in sorted(self._state.failures))

    def node_status(self, node: str) -> NodeStatus:
        """The status of a node in its present visit. KeyError for notes and unknown nodes."""
        return self._state.status[self._tables.index[node]]

    def visit(self, node: str) -> int:
        """The number of the node's present visit, from 1."""
        return self._state.visit[self._tables.index[node]]

    def edge_status(self, index: int) -> EdgeStatus:
        """The status of an edge, by its index in `graph.edges`."""
        return self._state.edge[index]

    def snapshot(self) -> RunState:
        """Everything at once."""
        state, tables = self._state, self._tables
        return RunState(
            self.status,
            dict(zip(tables.ids, state.status, strict=True)),
            dict(zip(tables.ids, state.visit, strict=True)),
            tuple(state.edge),
            {loop.name: state.lap[i] for i, loop in enumerate(tables.regions) if loop.kind == "loop"},
            self.failures,
        )
