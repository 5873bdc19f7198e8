"""What the journal says of the steps of a sequence: the fold of its events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.sequence_flow import Outcome


@dataclass
class SequenceState:
    """Outcomes by node id, for the visit that counts; `begun` are all nodes that ever began, in that order."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    begun: dict[str, None] = field(default_factory=dict)
    running: dict[str, None] = field(default_factory=dict)
    waiting: dict[str, None] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    """Digests of what handlers read, by node id."""
    declared: dict[str, None] = field(default_factory=dict)
    """Nodes that declared module calls which are not applied yet."""
    undone: dict[str, None] = field(default_factory=dict)
    """Nodes whose declared work failed when it was applied."""
    finished: RunStatus | None = None
    _visits: dict[str, int] = field(default_factory=dict)

    def visit(self, node: str) -> int:
        """The number of the node's present visit."""
        return self._visits.get(node, 1)

    def apply(self, event: Event) -> None:
        """Fold one event. What tells of an earlier visit is over and done with."""
        node, data = event.node, event.data
        if node is None:
            self._apply_to_run(event)
            return
        if event.visit != self.visit(node):
            return
        if event.type is EventType.NODE_STARTED:
            self.begun[node] = self.running[node] = None
        elif event.type is EventType.NODE_WAITING:
            self.running.pop(node, None)
            self.begun[node] = self.waiting[node] = None
        elif event.type is EventType.NODE_FAILED and node in self.outcomes:
            self.undone[node] = None
        elif event.type is EventType.NODE_RESET:
            self._reset(node)
        elif event.type is EventType.NODE_INTERRUPTED and data.get("policy") != "fail":
            self.running.pop(node, None)
        elif event.type in _OUTCOMES:
            self._end(node, _OUTCOMES[event.type](data), data)
            if data.get("declared") is True:
                self.declared[node] = None

    def _apply_to_run(self, event: Event) -> None:
        if event.type is EventType.RUN_STARTED:
            self.finished = None
        elif event.type is EventType.RUN_FINISHED:
            self.finished = RunStatus(str(event.data.get("status")))
        elif event.type is EventType.SETTLED:
            self.declared.clear()
        elif event.type is EventType.DIAGRAM_CHANGED:
            visits = event.data.get("visits")
            self._visits.update(visits if isinstance(visits, Mapping) else {})

    def _end(self, node: str, outcome: Outcome, data: Mapping[str, object]) -> None:
        self.begun.setdefault(node)
        self.outcomes[node] = outcome
        self.running.pop(node, None)
        self.waiting.pop(node, None)
        self.inputs[node] = str(data.get("inputs") or "")

    def _reset(self, node: str) -> None:
        self._visits[node] = self.visit(node) + 1
        for kept in (self.outcomes, self.begun, self.running, self.waiting, self.inputs, self.declared, self.undone):
            kept.pop(node, None)


def _succeeded(data: Mapping[str, object]) -> Outcome:
    values = data.get("values")
    return Outcome(values=values if isinstance(values, Mapping) else {})


def _answered(data: Mapping[str, object]) -> Outcome:
    edges = data.get("edges")
    picked = edges[0] if isinstance(edges, list | tuple) and edges else None
    return Outcome(value=data.get("value"), picked=picked)


def _approved(data: Mapping[str, object]) -> Outcome:
    return Outcome({key: data.get(key, "") for key in ("by", "choice", "comment")})


def _rejected(data: Mapping[str, object]) -> Outcome:
    return Outcome(error={"code": "rejected", "message": f"rejected by {data.get('by')}", "kind": "error"})


def _failed(data: Mapping[str, object]) -> Outcome:
    error = data.get("error")
    details = error if isinstance(error, Mapping) else {"message": str(error or "")}
    return Outcome(error={**details, "kind": data.get("kind", "error")})


_OUTCOMES: Mapping[EventType, Callable[[Mapping[str, object]], Outcome]] = {
    EventType.NODE_SUCCEEDED: _succeeded,
    EventType.DECISION_ANSWERED: _answered,
    EventType.NODE_APPROVED: _approved,
    EventType.NODE_REJECTED: _rejected,
    EventType.NODE_FAILED: _failed,
    EventType.NODE_CANCELLED: lambda data: replace(_failed(data), cancelled=True),
    EventType.NODE_INTERRUPTED: _failed,
}
