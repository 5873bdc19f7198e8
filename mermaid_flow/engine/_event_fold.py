"""What a run's events amount to: what each kind of event changes, and what follows when nothing goes on any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from mermaid_flow.engine._flow_state import SETTLED, FlowState
from mermaid_flow.engine._flow_tables import FlowTables
from mermaid_flow.engine._rollback import RollbackOrder
from mermaid_flow.engine.events import Event, EventType, NodeStatus, RunStatus
from mermaid_flow.errors import MflowError


class EventFold:
    """The state of a run after the events applied so far, and what it comes to."""

    def __init__(self, tables: FlowTables) -> None:
        self.tables = tables
        self.state = FlowState(tables)
        self.cancelled = False
        self.finished: RunStatus | None = None
        self.outcome: RunStatus | None = None
        """How the run ends, once nothing is left to do."""
        self.settling: tuple[int, ...] | None = None
        """The nodes that a SETTLED event of the flow is waited for."""
        self.settles_given: set[str | None] = set()
        """Stages (None: the flow) whose Settle has been given and is being carried out."""
        self.cancels_given: set[int] = set()
        """Running nodes whose Cancel has been given."""
        self._fail_fast = False
        self._resuming = False
        """True while it is being recorded what runs again: until then nothing follows from what had failed."""
        self._rollback = RollbackOrder(self.state)
        self._advance()

    @property
    def stopping(self) -> bool:
        """A run that fails fast starts nothing more after a failure, but for what cleans up."""
        return self._fail_fast and bool(self.state.failures)

    def apply(self, event: Event) -> None:
        """Fold one event. Raises MflowError when it cannot have happened in a run of this graph."""
        change = _CHANGES.get(event.type)
        if change is None:
            return
        if event.type not in _RESUMING:
            self.end_of_resets()
        change(self, event)
        self._advance()

    def end_of_resets(self) -> None:
        """A resumed run goes on: what runs again has been recorded."""
        if self._resuming:
            self._resuming = False
            self._advance()

    def _node(self, event: Event) -> int:
        node = self.tables.index.get(event.node or "")
        if node is None:
            raise self._misfit(event, "there is no such node")
        return node

    def _current(self, event: Event, *allowed: NodeStatus) -> int:
        """The event's node, when the event is about its present visit and comes at one of the allowed moments."""
        node = self._node(event)
        if event.visit != self.state.visit[node]:
            raise self._misfit(event, f"the node is at visit {self.state.visit[node]}")
        if self.state.status[node] not in allowed:
            raise self._misfit(event, f"the node is {self.state.status[node]}")
        return node

    def _misfit(self, event: Event, reason: str) -> MflowError:
        return MflowError(
            f"the record does not fit the diagram: {event.type} of {event.node!r}, visit {event.visit}: {reason}",
            code="record.misfit",
            hint="the diagram has changed in a part that has already run, or the journal is damaged",
        )

    def _on_run_started(self, event: Event) -> None:
        self._resuming = True
        self.cancelled = False
        self.finished = None
        self.settling = None
        self.settles_given.clear()
        self.cancels_given.clear()
        self._fail_fast = event.data.get("fail_fast") is True
        self.state.queue_again()

    def _on_run_finished(self, event: Event) -> None:
        status = str(event.data.get("status"))
        if status not in set(RunStatus):
            raise self._misfit(event, f"a run does not end as {status!r}")
        self.finished = RunStatus(status)

    def _on_cancel_requested(self, _: Event) -> None:
        self.cancelled = True

    def _on_started(self, event: Event) -> None:
        node = self._current(event, NodeStatus.READY, NodeStatus.RUNNING)
        if self.state.status[node] is NodeStatus.READY:
            self.state.set_status(node, NodeStatus.RUNNING)

    def _on_waiting(self, event: Event) -> None:
        node = self._current(event, *_STARTABLE)
        if self.state.status[node] is not NodeStatus.WAITING:
            self.state.set_status(node, NodeStatus.WAITING)

    def _on_succeeded(self, event: Event) -> None:
        node = self._current(event, *_STARTABLE, NodeStatus.SUCCEEDED)
        if self.state.status[node] is not NodeStatus.SUCCEEDED:
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
            picked = frozenset(e for e in self.tables.out[node] if self.tables.edges[e].label == choice)
        self._end(node, NodeStatus.SUCCEEDED, picked=picked)

    def _picked(self, event: Event, node: int) -> frozenset[int]:
        edges = event.data.get("edges")
        if not isinstance(edges, list | tuple) or any(e not in self.tables.out[node] for e in edges):
            raise self._misfit(event, f"it answers with edges {edges!r}, which the node does not have")
        return frozenset(edges)

    def _on_failed(self, event: Event) -> None:
        # A pending node can fail, too: what it declared in the lap before, found out when that is applied.
        node = self._current(event, NodeStatus.PENDING, *_STARTABLE, *SETTLED)
        failure = str(event.data.get("kind", "error"))
        if self.state.status[node] not in SETTLED:
            self._end(node, NodeStatus.FAILED, failure=failure)
        elif self.state.status[node] is not NodeStatus.FAILED or failure == "laps":
            self.state.fail_afterwards(node, failure)

    def _on_rejected(self, event: Event) -> None:
        self._end(self._current(event, *_STARTABLE), NodeStatus.FAILED)

    def _on_cancelled(self, event: Event) -> None:
        self._end(self._current(event, NodeStatus.PENDING, *_STARTABLE), NodeStatus.CANCELLED)

    def _on_not_run(self, event: Event) -> None:
        node = self._current(event, NodeStatus.PENDING)
        blocked = event.type is EventType.NODE_BLOCKED
        if node not in self.state.due or blocked is not bool(self.state.failed_in[node]):
            raise self._misfit(event, "its in-edges say otherwise")
        self._end(node, NodeStatus.BLOCKED if blocked else NodeStatus.SKIPPED)

    def _on_interrupted(self, event: Event) -> None:
        node = self._current(event, NodeStatus.RUNNING)
        if event.data.get("policy") == "fail":
            self._end(node, NodeStatus.FAILED)
        else:
            self.state.set_status(node, NodeStatus.READY)

    def _on_reset(self, event: Event) -> None:
        node = self._node(event)
        self.state.reset(node)
        self._rollback.forget(node)
        self.settling = None
        self.settles_given.discard(None)

    def _on_diagram_changed(self, event: Event) -> None:
        """Nodes that had begun under the old diagram begin anew, as a later visit."""
        visits = event.data.get("visits")
        for node, visit in visits.items() if isinstance(visits, Mapping) else ():
            if node in self.tables.index:
                self.state.visit[self.tables.index[node]] = visit

    def _on_lapped(self, event: Event) -> None:
        for region in self.state.laps_due:
            if self.tables.regions[region].name == event.data.get("header"):
                self.state.start_lap(region)
                return
        raise self._misfit(event, "its loop is not at the end of a lap")

    def _on_settled(self, event: Event) -> None:
        state, stage = self.state, event.data.get("stage")
        stage = None if stage is None else str(stage)
        self.settles_given.discard(stage)
        if stage is None:
            state.mark_settled(tuple(state.unsettled) if self.settling is None else self.settling)
            self.settling = None
            return
        for region in state.stages_due:
            if self.tables.regions[region].name == stage:
                state.mark_settled(self.tables.regions[region].nodes)
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
        self.cancels_given.discard(node)
        self._rollback.note_end(node, status)
        self.state.end(node, status, picked=picked, failure=failure, declared=declared)

    def _advance(self) -> None:
        """When nothing is going on any more: apply what is declared, then roll back, then end."""
        state = self.state
        self.outcome = None
        if self._resuming:
            return
        if state.running or state.due or state.laps_due or self.settles_given:
            return
        if self.settling is not None and not self.cancelled:
            return
        stopping = self.stopping
        if not stopping and not state.open_flow and not state.open_undo and not state.unsettled:
            failed = RunStatus.CANCELLED if self.cancelled else RunStatus.FAILED
            self.outcome = failed if state.failures else RunStatus.SUCCEEDED
        elif self.cancelled:
            self.outcome = RunStatus.CANCELLED
        elif stopping:
            if not state.ready_aftermath:
                self._wind_up([node for node in state.unsettled if node in self.tables.aftermath])
        elif not (state.ready_count or state.waiting or state.stages_due) and (state.deferred or not state.open_flow):
            self._wind_up(state.unsettled)

    def _wind_up(self, unsettled: Iterable[int]) -> None:
        state = self.state
        self.settling = tuple(unsettled) or None
        if self.settling is not None:
            return
        self._rollback.step()
        if self.stopping and not (state.ready_aftermath or state.due):
            self.outcome = RunStatus.FAILED


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

_CHANGES: Mapping[EventType, Callable[[EventFold, Event], None]] = {
    EventType.RUN_STARTED: EventFold._on_run_started,
    EventType.RUN_FINISHED: EventFold._on_run_finished,
    EventType.CANCEL_REQUESTED: EventFold._on_cancel_requested,
    EventType.NODE_STARTED: EventFold._on_started,
    EventType.NODE_WAITING: EventFold._on_waiting,
    EventType.NODE_SUCCEEDED: EventFold._on_succeeded,
    EventType.NODE_APPROVED: EventFold._on_approved,
    EventType.NODE_REJECTED: EventFold._on_rejected,
    EventType.NODE_FAILED: EventFold._on_failed,
    EventType.NODE_CANCELLED: EventFold._on_cancelled,
    EventType.NODE_SKIPPED: EventFold._on_not_run,
    EventType.NODE_BLOCKED: EventFold._on_not_run,
    EventType.NODE_INTERRUPTED: EventFold._on_interrupted,
    EventType.NODE_RESET: EventFold._on_reset,
    EventType.DECISION_ANSWERED: EventFold._on_answered,
    EventType.LOOP_LAPPED: EventFold._on_lapped,
    EventType.DIAGRAM_CHANGED: EventFold._on_diagram_changed,
    EventType.SETTLED: EventFold._on_settled,
}
