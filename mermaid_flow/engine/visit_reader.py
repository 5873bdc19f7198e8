"""Reads from the events of a run what each visit of a node came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from mermaid_flow.engine.events import Event, EventType, NodeStatus
from mermaid_flow.engine.folder import safe_name
from mermaid_flow.engine.visits import ApprovalRecord, DecisionRecord, ErrorRecord, ResourceRecord, VisitRecord

Visits: TypeAlias = dict[str, dict[int, VisitRecord]]


def read_visits(events: Iterable[Event], nodes_folder: Path) -> Visits:
    """All visits by node id and visit number, in the order in which they began."""
    visits: Visits = {}
    for event in events:
        if event.type is EventType.DIAGRAM_CHANGED:
            _open_again(visits, strings(event.data.get("opened")))
        change = _CHANGES.get(event.type)
        if event.node is None or change is None:
            continue
        of_node = visits.setdefault(event.node, {})
        visit = of_node.get(event.visit)
        if visit is None:
            folder = nodes_folder / safe_name(event.node) / str(event.visit)
            visit = VisitRecord(event.node, event.visit, folder)
        of_node[event.visit] = change(visit, event)
    return visits


def _open_again(visits: Visits, nodes: Iterable[str]) -> None:
    """The last visits of nodes that were open when the diagram was changed do not count any more."""
    for node in nodes:
        if visits.get(node):
            last = max(visits[node])
            visits[node][last] = replace(visits[node][last], reset="the diagram was changed")


def read_error(data: Mapping[str, object]) -> ErrorRecord:
    """The error in the data of a NODE_FAILED or NODE_RETRIED event."""
    error = data.get("error")
    details: Mapping[str, object] = error if isinstance(error, Mapping) else {"message": error}
    return ErrorRecord(
        code=str(details.get("code", "error")),
        message=str(details.get("message", "")),
        hint=str(details.get("hint", "")),
        kind=str(data.get("kind", "error")),
    )


def strings(value: object) -> tuple[str, ...]:
    """The strings of a JSON list; anything else is no strings."""
    return tuple(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else ()


def read_number(value: object) -> float | None:
    """A JSON number, or None."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _started(visit: VisitRecord, event: Event) -> VisitRecord:
    attempt = event.data.get("attempt")
    return replace(
        visit,
        status=NodeStatus.RUNNING,
        started=event.at if visit.started is None else visit.started,
        ended=None,
        attempts=attempt if isinstance(attempt, int) else visit.attempts + 1,
    )


def _ended(visit: VisitRecord, event: Event, status: NodeStatus) -> VisitRecord:
    """Durations add up over attempts. Where none was measured the wall clock must do, which may have been set back."""
    measured = read_number(event.data.get("seconds"))
    seconds = visit.seconds
    if measured is not None:
        seconds = (seconds or 0.0) + measured
    elif seconds is None and visit.started is not None:
        seconds = max(0.0, event.at - visit.started)
    return replace(visit, status=status, ended=event.at, seconds=seconds)


def _succeeded(visit: VisitRecord, event: Event) -> VisitRecord:
    values, skipped, reused = (event.data.get(key) for key in ("values", "skipped", "reused"))
    return replace(
        _ended(visit, event, NodeStatus.SUCCEEDED),
        values=values if isinstance(values, Mapping) else {},
        reused=reused if isinstance(reused, Mapping) else None,
        skipped=None if skipped is None else str(skipped),
        error=None,
    )


def _failed(visit: VisitRecord, event: Event) -> VisitRecord:
    return replace(_ended(visit, event, NodeStatus.FAILED), error=read_error(event.data))


def _cancelled(visit: VisitRecord, event: Event) -> VisitRecord:
    error = read_error(event.data) if "error" in event.data else None
    return replace(_ended(visit, event, NodeStatus.CANCELLED), error=error)


def _retried(visit: VisitRecord, event: Event) -> VisitRecord:
    ended = _ended(visit, event, NodeStatus.RUNNING)
    return replace(ended, ended=None, retries=(*visit.retries, read_error(event.data)))


def _interrupted(visit: VisitRecord, event: Event) -> VisitRecord:
    if event.data.get("policy") == "fail":
        return replace(_failed(visit, event), interrupted=True)
    return replace(visit, status=NodeStatus.PENDING, interrupted=True)


def _blocked(visit: VisitRecord, event: Event) -> VisitRecord:
    return replace(visit, status=NodeStatus.BLOCKED, blocked_by=strings(event.data.get("because")))


def _waiting(visit: VisitRecord, event: Event) -> VisitRecord:
    return replace(
        visit,
        status=NodeStatus.WAITING,
        started=event.at if visit.started is None else visit.started,
        prompt=str(event.data.get("prompt", "")),
        choices=strings(event.data.get("choices")),
    )


def _approved(visit: VisitRecord, event: Event) -> VisitRecord:
    return replace(_ended(visit, event, NodeStatus.SUCCEEDED), approval=_approval(event, approved=True))


def _rejected(visit: VisitRecord, event: Event) -> VisitRecord:
    approval = _approval(event, approved=False)
    message = f"rejected by {approval.by}" + (f": {approval.comment}" if approval.comment else "")
    error = ErrorRecord("rejected", message)
    return replace(_ended(visit, event, NodeStatus.FAILED), approval=approval, error=error)


def _approval(event: Event, *, approved: bool) -> ApprovalRecord:
    text = {key: str(event.data.get(key) or "") for key in ("by", "choice", "comment")}
    return ApprovalRecord(approved=approved, at=event.at, **text)


def _decided(visit: VisitRecord, event: Event) -> VisitRecord:
    edges = event.data.get("edges")
    decision = DecisionRecord(
        node=visit.node,
        visit=visit.number,
        value=event.data.get("value"),
        labels=strings(event.data.get("labels")),
        edges=tuple(edge for edge in edges if isinstance(edge, int)) if isinstance(edges, Sequence) else (),
        source=str(event.data.get("source", "")),
        where=str(event.data.get("where", "")),
    )
    return replace(_ended(visit, event, NodeStatus.SUCCEEDED), decision=decision)


def _resource(visit: VisitRecord, event: Event) -> VisitRecord:
    data = event.data
    heard = ResourceRecord(
        component=str(data.get("component", "")),
        address=str(data.get("address", "")),
        type=str(data.get("resource_type", "")),
        action=str(data.get("action", "")),
        state=str(data.get("state", "")),
        seconds=read_number(data.get("seconds")),
        message=str(data.get("message") or ""),
    )
    known = {(resource.component, resource.address): resource for resource in visit.resources}
    known[heard.component, heard.address] = heard
    return replace(visit, resources=tuple(known.values()))


def _notice(visit: VisitRecord, event: Event) -> VisitRecord:
    return replace(visit, notices=(*visit.notices, str(event.data.get("message", ""))))


_CHANGES: Mapping[EventType, Callable[[VisitRecord, Event], VisitRecord]] = {
    EventType.NODE_STARTED: _started,
    EventType.NODE_SUCCEEDED: _succeeded,
    EventType.NODE_FAILED: _failed,
    EventType.NODE_SKIPPED: lambda visit, _: replace(visit, status=NodeStatus.SKIPPED),
    EventType.NODE_BLOCKED: _blocked,
    EventType.NODE_WAITING: _waiting,
    EventType.NODE_APPROVED: _approved,
    EventType.NODE_REJECTED: _rejected,
    EventType.NODE_RETRIED: _retried,
    EventType.NODE_CANCELLED: _cancelled,
    EventType.NODE_INTERRUPTED: _interrupted,
    EventType.NODE_RESET: lambda visit, event: replace(visit, reset=str(event.data.get("reason", ""))),
    EventType.DECISION_ANSWERED: _decided,
    EventType.RESOURCE: _resource,
    EventType.NOTICE: _notice,
}
