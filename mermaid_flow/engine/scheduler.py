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

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from mermaid_flow.engine._flow_state import SETTLED, FlowState
from mermaid_flow.engine._flow_tables import FlowTables
from mermaid_flow.engine._rollback import RollbackOrder
from mermaid_flow.engine.events import EdgeStatus, Event, EventType, NodeStatus, RunStatus
from mermaid_flow.engine.scheduler_commands import Cancel, Command, Decide, Finish, Record, Settle, Start
from mermaid_flow.errors import MflowError
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
        self._state = FlowState(self._tables)
        self._cancelled = False
        self._fail_fast = False
        self._finished: RunStatus | None = None
        self._outcome: RunStatus | None = None
        """How the run ends, once nothing is left to do."""
        self._resuming = False
        """True while it is being recorded what runs again: until then nothing follows from what had failed."""
        self._settling: tuple[int, ...] | None = None
        """The nodes that a SETTLED event of the flow is waited for."""
        self._rollback = RollbackOrder(self._state)
        self._withheld: list[int] = []
        """Ready nodes that a run which fails fast does not start."""
        self._settles_told: set[str | None] = set()
        """Stages (None: the flow) whose Settle has been given and is being carried out."""
        self._cancels_told: set[int] = set()
        """Running nodes whose Cancel has been given."""
        self._advance()

    # What to do

    def commands(self, limit: int | None = None) -> list[Command]:
        """What has become due, in source order; at most `limit` of Start and Decide (None: all that are ready).

        When there is something to record, only that is returned: journal and apply each event, then ask again.
        Start, Decide, Settle and Cancel are given once, the others until the event that answers them is applied.
        On resume, apply RUN_STARTED, NODE_INTERRUPTED and NODE_RESET events before asking for the first time.
        """
        state = self._state
        self._end_of_resets()
        if self._finished is not None:
            return []
        if state.due or state.laps_due:
            records = [self._settlement(node) for node in sorted(state.due)]
            records += [self._lap(region) for region in sorted(state.laps_due)]
            return [Record(event) for event in records]
        if self._outcome is not None:
            return [Finish(self._outcome)]
        found: list[Command] = []
        if self._cancelled:
            return found
        if self._stopping:
            untold = [node for node in state.running if node not in self._cancels_told]
            self._cancels_told.update(untold)
            found += [Cancel(self._tables.ids[node], state.visit[node]) for node in untold]
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
            if state.status[node] is not NodeStatus.READY:
                continue
            if self._stopping and node not in tables.aftermath:
                self._withheld.append(node)
                continue
            return (Decide if tables.is_decision[node] else Start)(tables.ids[node], state.visit[node])
        return None

    def _settles(self) -> list[Command]:
        state, tables = self._state, self._tables
        found: list[Command] = []
        for region in state.stages_due if not self._stopping else ():
            stage = tables.regions[region]
            if stage.name not in self._settles_told:
                found.append(self._settle(stage.name, [node for node in stage.nodes if node in state.unsettled]))
        if self._settling is not None and None not in self._settles_told:
            found.append(self._settle(None, self._settling))
        return found

    def _settle(self, stage: str | None, nodes: Iterable[int]) -> Settle:
        self._settles_told.add(stage)
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

    def _lap(self, region: int) -> Event:
        """The event for a loop whose back-edge was taken: the next lap, or the failure to be done in time."""
        state, loop = self._state, self._tables.regions[region]
        edge = state.lap_edge(region)
        source = self._tables.source[edge if edge is not None else loop.back_edges[0]]
        node, visit, lap = self._tables.ids[source], state.visit[source], state.lap[region]
        if lap < loop.max_laps:
            return Event(EventType.LOOP_LAPPED, node, visit, {"header": loop.name, "lap": lap + 1})
        error = {
            "code": "loop.laps",
            "message": f"the loop from {node!r} back to {loop.name!r} was not left within {lap} laps",
            "hint": f"look at why it goes on, or raise `mflow: {{max_laps: {{{loop.name}: …}}}}` in the front matter",
        }
        return Event(EventType.NODE_FAILED, node, visit, {"error": error, "kind": "laps"})

    # What has happened

    def apply(self, event: Event) -> None:
        """Fold one event. Raises MflowError when it cannot have happened in a run of this graph."""
        change = _CHANGES.get(event.type)
        if change is None:
            return
        if event.type not in _RESUMING:
            self._end_of_resets()
        change(self, event)
        self._advance()

    def _end_of_resets(self) -> None:
        if self._resuming:
            self._resuming = False
            self._advance()

    def _node(self, event: Event) -> int:
        node = self._tables.index.get(event.node or "")
        if node is None:
            raise self._misfit(event, "there is no such node")
        return node

    def _current(self, event: Event, *allowed: NodeStatus) -> int:
        """The event's node, when the event is about its present visit and comes at one of the allowed moments."""
        node = self._node(event)
        if event.visit != self._state.visit[node]:
            raise self._misfit(event, f"the node is at visit {self._state.visit[node]}")
        if self._state.status[node] not in allowed:
            raise self._misfit(event, f"the node is {self._state.status[node]}")
        return node

    def _misfit(self, event: Event, reason: str) -> MflowError:
        return MflowError(
            f"the record does not fit the diagram: {event.type} of {event.node!r}, visit {event.visit}: {reason}",
            code="record.misfit",
            hint="the diagram has changed in a part that has already run, or the journal is damaged",
        )

    def _on_run_started(self, event: Event) -> None:
        self._resuming = True
        self._cancelled = False
        self._finished = None
        self._settling = None
        self._settles_told.clear()
        self._cancels_told.clear()
        self._fail_fast = event.data.get("fail_fast") is True
        for node in self._withheld:
            if self._state.status[node] is NodeStatus.READY and not self._state.queued[node]:
                self._state.queued[node] = 1
                heappush(self._state.ready, node)
        self._withheld.clear()

    def _on_run_finished(self, event: Event) -> None:
        self._finished = RunStatus(str(event.data["status"]))

    def _on_cancel_requested(self, _: Event) -> None:
        self._cancelled = True

    def _on_started(self, event: Event) -> None:
        node = self._current(event, NodeStatus.READY, NodeStatus.RUNNING)
        if self._state.status[node] is NodeStatus.READY:
            self._state.set_status(node, NodeStatus.RUNNING)

    def _on_waiting(self, event: Event) -> None:
        node = self._current(event, *_STARTABLE)
        if self._state.status[node] is not NodeStatus.WAITING:
            self._state.set_status(node, NodeStatus.WAITING)

    def _on_succeeded(self, event: Event) -> None:
        node = self._current(event, *_STARTABLE, NodeStatus.SUCCEEDED)
        if self._state.status[node] is not NodeStatus.SUCCEEDED:
            self._end(node, NodeStatus.SUCCEEDED, declared=event.data.get("declared") is True)

    def _on_answered(self, event: Event) -> None:
        node = self._current(event, *_STARTABLE)
        self._end(node, NodeStatus.SUCCEEDED, picked=self._picked(event, node))

    def _on_approved(self, event: Event) -> None:
        node = self._current(event, *_STARTABLE)
        choice = event.data.get("choice")
        picked = None
        if "edges" in event.data:
            picked = self._picked(event, node)
        elif choice is not None:
            picked = frozenset(e for e in self._tables.out[node] if self._tables.edges[e].label == choice)
        self._end(node, NodeStatus.SUCCEEDED, picked=picked)

    def _picked(self, event: Event, node: int) -> frozenset[int]:
        edges = event.data.get("edges")
        if not isinstance(edges, list | tuple) or not set(edges) <= set(self._tables.out[node]):
            raise self._misfit(event, f"it answers with edges {edges!r}, which the node does not have")
        return frozenset(edges)

    def _on_failed(self, event: Event) -> None:
        # A pending node can fail, too: what it declared in the lap before, found out when that is applied.
        node = self._current(event, NodeStatus.PENDING, *_STARTABLE, *SETTLED)
        failure = str(event.data.get("kind", "error"))
        if self._state.status[node] not in SETTLED:
            self._end(node, NodeStatus.FAILED, failure=failure)
        elif self._state.status[node] is not NodeStatus.FAILED or failure == "laps":
            self._state.fail_afterwards(node, failure)

    def _on_rejected(self, event: Event) -> None:
        self._end(self._current(event, *_STARTABLE), NodeStatus.FAILED)

    def _on_cancelled(self, event: Event) -> None:
        self._end(self._current(event, NodeStatus.PENDING, *_STARTABLE), NodeStatus.CANCELLED)

    def _on_not_run(self, event: Event) -> None:
        node = self._current(event, NodeStatus.PENDING)
        blocked = event.type is EventType.NODE_BLOCKED
        if node not in self._state.due or blocked is not bool(self._state.failed_in[node]):
            raise self._misfit(event, "its in-edges say otherwise")
        self._end(node, NodeStatus.BLOCKED if blocked else NodeStatus.SKIPPED)

    def _on_interrupted(self, event: Event) -> None:
        node = self._current(event, NodeStatus.RUNNING)
        if event.data.get("policy") == "fail":
            self._end(node, NodeStatus.FAILED)
        else:
            self._state.set_status(node, NodeStatus.READY)

    def _on_reset(self, event: Event) -> None:
        node = self._node(event)
        self._state.reset(node)
        self._rollback.forget(node)
        self._settling = None
        self._settles_told.discard(None)

    def _on_diagram_changed(self, event: Event) -> None:
        """Nodes that had begun under the old diagram begin anew, as a later visit."""
        visits = event.data.get("visits")
        for node, visit in visits.items() if isinstance(visits, Mapping) else ():
            if node in self._tables.index:
                self._state.visit[self._tables.index[node]] = visit

    def _on_lapped(self, event: Event) -> None:
        for region in self._state.laps_due:
            if self._tables.regions[region].name == event.data.get("header"):
                self._state.start_lap(region)
                return
        raise self._misfit(event, "its loop is not at the end of a lap")

    def _on_settled(self, event: Event) -> None:
        state, stage = self._state, event.data.get("stage")
        stage = None if stage is None else str(stage)
        self._settles_told.discard(stage)
        if stage is None:
            state.mark_settled(tuple(state.unsettled) if self._settling is None else self._settling)
            self._settling = None
            return
        for region in state.stages_due:
            if self._tables.regions[region].name == stage:
                state.mark_settled(self._tables.regions[region].nodes)
                state.end_region(region)
                return
        raise self._misfit(event, f"stage {stage!r} is not at its end")

    def _end(
        self,
        node: int,
        status: NodeStatus,
        *,
        picked: frozenset[int] | None = None,
        failure: str = "error",
        declared: bool = False,
    ) -> None:
        self._cancels_told.discard(node)
        self._rollback.note_end(node, status)
        self._state.end(node, status, picked=picked, failure=failure, declared=declared)

    # What follows

    @property
    def _stopping(self) -> bool:
        """A run that fails fast starts nothing more after a failure, but for what cleans up."""
        return self._fail_fast and bool(self._state.failures)

    def _advance(self) -> None:
        """When nothing is going on any more: apply what is declared, then roll back, then end."""
        state = self._state
        self._outcome = None
        if self._resuming:
            return
        if state.running or state.due or state.laps_due or self._settles_told:
            return
        if self._settling is not None and not self._cancelled:
            return
        stopping = self._stopping
        if not stopping and not state.open_flow and not state.open_undo and not state.unsettled:
            failed = RunStatus.CANCELLED if self._cancelled else RunStatus.FAILED
            self._outcome = failed if state.failures else RunStatus.SUCCEEDED
        elif self._cancelled:
            self._outcome = RunStatus.CANCELLED
        elif stopping:
            if not state.ready_aftermath:
                self._wind_up([node for node in state.unsettled if node in self._tables.aftermath])
        elif not (state.ready_count or state.waiting or state.stages_due) and (state.deferred or not state.open_flow):
            self._wind_up(state.unsettled)

    def _wind_up(self, unsettled: Iterable[int]) -> None:
        state = self._state
        self._settling = tuple(unsettled) or None
        if self._settling is not None:
            return
        self._rollback.step()
        if self._stopping and not (state.ready_aftermath or state.due):
            self._outcome = RunStatus.FAILED
        elif not (state.open_undo or state.ready_count or state.due):
            self._outcome = RunStatus.FAILED if state.failures else RunStatus.SUCCEEDED

    # What others may look at

    def is_due(self, node: str, visit: int) -> bool:
        """True while a Start or Decide that has been given still holds: nothing has made it void before it began."""
        number = self._tables.index[node]
        withheld = self._cancelled or (self._stopping and number not in self._tables.aftermath)
        return not withheld and (self.node_status(node), self.visit(node)) == (NodeStatus.READY, visit)

    @property
    def finished(self) -> bool:
        """True when RUN_FINISHED has been applied."""
        return self._finished is not None

    @property
    def status(self) -> RunStatus:
        """WAITING when approvals are all that is left to go on with."""
        state = self._state
        if self._finished is not None:
            return self._finished
        busy = state.running or state.due or state.laps_due or state.ready_count or state.stages_due or self._settling
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


_STARTABLE = (NodeStatus.READY, NodeStatus.RUNNING, NodeStatus.WAITING)

_RESUMING = frozenset(
    {
        EventType.RUN_STARTED,
        EventType.NODE_APPROVED,
        EventType.NODE_REJECTED,
        EventType.NODE_INTERRUPTED,
        EventType.NODE_RESET,
    }
)
"""What may come between the start of a resumed run and the first command."""

_CHANGES: Mapping[EventType, Callable[[Scheduler, Event], None]] = {
    EventType.RUN_STARTED: Scheduler._on_run_started,
    EventType.RUN_FINISHED: Scheduler._on_run_finished,
    EventType.CANCEL_REQUESTED: Scheduler._on_cancel_requested,
    EventType.NODE_STARTED: Scheduler._on_started,
    EventType.NODE_WAITING: Scheduler._on_waiting,
    EventType.NODE_SUCCEEDED: Scheduler._on_succeeded,
    EventType.NODE_APPROVED: Scheduler._on_approved,
    EventType.NODE_REJECTED: Scheduler._on_rejected,
    EventType.NODE_FAILED: Scheduler._on_failed,
    EventType.NODE_CANCELLED: Scheduler._on_cancelled,
    EventType.NODE_SKIPPED: Scheduler._on_not_run,
    EventType.NODE_BLOCKED: Scheduler._on_not_run,
    EventType.NODE_INTERRUPTED: Scheduler._on_interrupted,
    EventType.NODE_RESET: Scheduler._on_reset,
    EventType.DECISION_ANSWERED: Scheduler._on_answered,
    EventType.LOOP_LAPPED: Scheduler._on_lapped,
    EventType.DIAGRAM_CHANGED: Scheduler._on_diagram_changed,
    EventType.SETTLED: Scheduler._on_settled,
}
