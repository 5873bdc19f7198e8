"""The spans of a run, made from its events: one for each process's part of the run, for each visit, resource and apply.

A part is the root, or the child of whoever started the process. Its visits are its children, and the run of a
sub-workflow is a child of the visit that runs it. Docs/telemetry.md has the names of all attributes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from opentelemetry.trace import Span, SpanContext

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.engine.visit_reader import read_error, read_number, strings
from mermaid_flow.engine.visits import ErrorRecord
from mermaid_flow.session._trace_subject import TraceSubject
from mermaid_flow.session._trace_writer import SpanWriter
from mermaid_flow.session.telemetry import SpanPlace, part_name, span_id

DIED = ErrorRecord("interrupted", "the process that worked on the run died")
BROKEN = ErrorRecord("run.broken", "the run broke off")
CANCELLED = ErrorRecord("cancelled", "it was cancelled")
AGAIN = ErrorRecord("interrupted", "it was in flight, and runs again")
_COUNTED = {"create": ("add",), "update": ("change",), "delete": ("destroy",), "replace": ("add", "destroy")}
_Key: TypeAlias = tuple[str, int]


@dataclass(slots=True)
class _Visit:
    """A visit whose span is open: it goes on, or what it declared is not applied yet."""

    span: Span
    label: str
    started: float
    ended: float | None = None
    changes: Counter[str] = field(default_factory=Counter)
    runs: list[str] = field(default_factory=list)
    """Ids of the sub-workflows' runs in it."""


@dataclass(slots=True)
class _Part:
    """What one process does for the run: the span around everything else."""

    span: Span
    changes: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    """Labels of the visits that failed and whose failure nothing caught."""
    resources: dict[tuple[object, object], float] = field(default_factory=dict)
    """When Terraform began with the resources that it is at; it tells durations in whole seconds only."""


class RunSpans:
    """Makes the spans of one run. Called by one thread. `caller` is the span around the run."""

    def __init__(self, writer: SpanWriter, subject: TraceSubject, caller: SpanContext | None) -> None:
        self._writer = writer
        self._subject = subject
        self._caller = caller
        self._parts = 0
        self._part: _Part | None = None
        self._visits: dict[_Key, _Visit] = {}
        self._between: Sequence[Event] = ()
        """What others recorded while no process worked on the run: approvals."""
        self._last = 0.0

    def remember(self, past: Sequence[Event]) -> None:
        """Take what is recorded already. What a process that died had ended was sent by it; the rest is left to us."""
        begun = [index for index, event in enumerate(past) if event.type is EventType.RUN_STARTED]
        if not begun:
            return
        ended = [index for index, event in enumerate(past) if event.type is EventType.RUN_FINISHED]
        if ended and ended[-1] > begun[-1]:
            self._parts = len(begun)
            self._between = past[ended[-1] + 1 :]
            return
        self._parts = len(begun) - 1
        self._writer.silent = True
        for event in past[begun[-1] :]:
            self.take(event)
        self._writer.silent = False

    def take(self, event: Event) -> None:
        """The next event of the run."""
        if event.type is EventType.RUN_STARTED:
            self.close(DIED)
            self._begin(event)
            between, self._between = self._between, ()
            for earlier in between:
                self.take(earlier)
        elif self._part is not None and (tell := _TELL.get(event.type)):
            tell(self, self._part, event)
        self._last = event.at

    def close(self, error: ErrorRecord = BROKEN) -> None:
        """End what is still open."""
        if self._part is not None:
            self._end_part(self._part, self._last, error, error)

    def _begin(self, event: Event) -> None:
        run, data = self._subject.folder, event.data
        before = SpanPlace(self._writer.trace, span_id(run.id, part_name(self._parts)))
        self._parts += 1
        attributes = {
            **self._subject.run_attributes(),
            "mflow.run.part": self._parts,
            "mflow.resumed": data.get("resumed") is True,
            "mflow.parallel": data.get("parallel"),
            "mflow.fail_fast": data.get("fail_fast"),
        }
        span = self._writer.start(
            span_id(run.id, part_name(self._parts)),
            f"run {run.metadata.diagram}",
            self._caller,
            event.at,
            attributes,
            before if self._parts > 1 and self._caller is None else None,
        )
        self._part = _Part(span)

    def _on_run_finished(self, part: _Part, event: Event) -> None:
        status = str(event.data.get("status", ""))
        self._writer.set(part.span, {"mflow.status": status})
        if status == "cancelled":
            self._end_part(part, event.at, ErrorRecord("run.cancelled", "the run was cancelled"), CANCELLED)
        elif status == "failed":
            failed = f"failed: {', '.join(part.failed)}" if part.failed else "failed"
            self._end_part(part, event.at, ErrorRecord("run.failed", failed), None)
        else:
            self._end_part(part, event.at, None, None)

    def _end_part(self, part: _Part, at: float, error: ErrorRecord | None, of_visits: ErrorRecord | None) -> None:
        for key, visit in list(self._visits.items()):
            if visit.ended is None:
                self._end(key, at, of_visits)
            else:
                self._end(key, visit.ended)
        self._writer.set(part.span, _counts(part.changes))
        if error is not None:
            self._writer.fail(part.span, error, at)
        self._writer.end(part.span, at)
        self._part = None

    # Visits

    def _visit(self, part: _Part, event: Event) -> _Visit:
        """The visit of an event; one of which nothing is known begins with it."""
        found = self._visits.get(_key(event))
        if found is None:
            node = self._subject.node(event)
            label = str(event.data.get("label") or (node.label if node else "") or event.node)
            attributes = {
                "mflow.node.id": event.node,
                **(self._subject.node_attributes(node) if node else {}),
                "mflow.node.label": label,
                "mflow.node.visit": event.visit,
            }
            span = self._writer.start(self._id(event), label, part.span.get_span_context(), event.at, attributes)
            found = self._visits[_key(event)] = _Visit(span, label, event.at)
        return found

    def _end(self, key: _Key, at: float, error: ErrorRecord | None = None) -> None:
        visit = self._visits.pop(key)
        if error is not None:
            self._writer.fail(visit.span, error, at)
        self._writer.set(visit.span, _counts(visit.changes))
        for run in () if self._writer.silent else visit.runs:
            folder = RunFolder.open(self._subject.folder.visit_folder(*key) / "runs" / run)
            record = RunRecord.open(folder)
            inner = RunSpans(self._writer, self._subject.nested(record, folder), visit.span.get_span_context())
            for event in record.events:
                inner.take(event)
            inner.close(DIED)
        self._writer.end(visit.span, max(at, visit.started))

    def _on_started(self, part: _Part, event: Event) -> None:
        self._writer.set(self._visit(part, event).span, {"mflow.attempts": event.data.get("attempt")})

    def _on_succeeded(self, part: _Part, event: Event) -> None:
        visit, reused = self._visit(part, event), event.data.get("reused")
        from_where = (
            {f"mflow.reused.{key}": told for key, told in reused.items()} if isinstance(reused, Mapping) else {}
        )
        self._writer.set(visit.span, {"mflow.skipped": event.data.get("skipped"), **from_where})
        if event.data.get("declared") is True:
            visit.ended = event.at
        else:
            self._end(_key(event), event.at)

    def _on_answered(self, part: _Part, event: Event) -> None:
        answer = {
            "mflow.decision.answer": strings(event.data.get("labels")) or ("default",),
            "mflow.decision.source": event.data.get("source"),
            "mflow.decision.where": event.data.get("where"),
        }
        visit = self._visit(part, event)
        self._writer.set(visit.span, answer)
        self._writer.add(visit.span, "decided", event.at, answer)
        self._end(_key(event), event.at)

    def _on_failed(self, part: _Part, event: Event) -> None:
        visit, error = self._visit(part, event), read_error(event.data)
        catches = self._subject.catches(event.node or "", error.kind)
        for edge in catches:
            told = {"mflow.catch": edge.catch, "mflow.catch.target": edge.target}
            self._writer.add(visit.span, "caught", event.at, told)
        if all(edge.catch == "always" for edge in catches):
            part.failed.append(visit.label)
        self._end(_key(event), event.at, error)

    def _on_retried(self, part: _Part, event: Event) -> None:
        error = read_error(event.data)
        told = {
            "mflow.attempt": event.data.get("attempt"),
            "mflow.delay": event.data.get("delay"),
            "error.type": error.code,
            "error.message": error.message,
        }
        self._writer.add(self._visit(part, event).span, "retried", event.at, told)

    def _on_waiting(self, part: _Part, event: Event) -> None:
        told = {"mflow.prompt": event.data.get("prompt"), "mflow.choices": strings(event.data.get("choices")) or None}
        self._writer.add(self._visit(part, event).span, "approval asked", event.at, told)

    def _on_approved(self, part: _Part, event: Event) -> None:
        self._writer.add(self._visit(part, event).span, "approval given", event.at, _approval(event))
        self._end(_key(event), event.at)

    def _on_rejected(self, part: _Part, event: Event) -> None:
        visit, told = self._visit(part, event), _approval(event)
        self._writer.add(visit.span, "approval refused", event.at, told)
        part.failed.append(visit.label)
        comment = f": {event.data['comment']}" if event.data.get("comment") else ""
        self._end(_key(event), event.at, ErrorRecord("rejected", f"rejected by {event.data.get('by')}{comment}"))

    def _on_cancelled(self, part: _Part, event: Event) -> None:
        self._visit(part, event)
        self._end(_key(event), event.at, read_error(event.data) if "error" in event.data else CANCELLED)

    def _on_interrupted(self, part: _Part, event: Event) -> None:
        if event.data.get("policy") == "fail":
            self._on_failed(part, event)
        elif _key(event) in self._visits:
            self._end(_key(event), event.at, AGAIN)
        else:
            self._on_run_event(part, event)

    # What Terraform does

    def _on_resource(self, part: _Part, event: Event) -> None:
        data = event.data
        resource, state = (data.get("component"), data.get("address")), data.get("state")
        if state == "started":
            part.resources[resource] = event.at
        if state not in ("complete", "failed"):
            return
        action = str(data.get("action", ""))
        visit = self._visits.get(_key(event))
        told = {f"mflow.resource.{key}": data.get(key) for key in ("component", "address", "resource_type", "action")}
        around = (visit or part).span.get_span_context()
        began = part.resources.pop(resource, event.at - (read_number(data.get("seconds")) or 0.0))
        span = self._writer.start(self._id(event), f"{action} {data.get('address')}", around, began, told)
        if state == "failed":
            self._writer.fail(span, ErrorRecord("terraform", str(data.get("message") or "it failed")), event.at)
        elif visit is not None:
            visit.changes.update(_COUNTED.get(action, ()))
        self._writer.end(span, event.at)

    def _on_applied(self, part: _Part, event: Event) -> None:
        data = event.data
        changes = Counter({what: int(read_number(data.get(what)) or 0) for what in ("add", "change", "destroy")})
        part.changes.update(changes)
        told = {"mflow.component": data.get("component"), **_counts(changes)}
        began = event.at - (read_number(data.get("seconds")) or 0.0)
        around = part.span.get_span_context()
        span = self._writer.start(self._id(event), f"apply {data.get('component')}", around, began, told)
        self._writer.end(span, event.at)

    def _on_settled(self, _part: _Part, event: Event) -> None:
        """What nodes had only declared is applied: their spans have heard of all their resources."""
        stage = event.data.get("stage")
        for key, visit in list(self._visits.items()):
            if visit.ended is not None and self._subject.is_in(key[0], stage):
                self._end(key, visit.ended)

    # What has no span of its own

    def _on_notice(self, part: _Part, event: Event) -> None:
        visit, run = self._visits.get(_key(event)), event.data.get("run")
        if visit is not None and isinstance(run, str):
            visit.runs.append(run)
        told = {"mflow.level": event.data.get("level"), "mflow.message": event.data.get("message")}
        self._writer.add((visit or part).span, "notice", event.at, told)

    def _on_run_event(self, part: _Part, event: Event) -> None:
        told = {f"mflow.{key}": value for key, value in event.data.items() if key not in ("edges", "visits")}
        self._writer.add(part.span, event.type.value.replace("_", " "), event.at, {"mflow.node.id": event.node, **told})

    def _id(self, event: Event) -> int:
        return span_id(self._subject.folder.id, f"event {event.seq}")


def _key(event: Event) -> _Key:
    return event.node or "", event.visit


def _counts(changes: Mapping[str, int]) -> dict[str, object]:
    return {f"mflow.terraform.{what}": count for what, count in changes.items()}


def _approval(event: Event) -> dict[str, object]:
    return {f"mflow.approval.{key}": event.data.get(key) for key in ("by", "choice", "comment")}


_TELL: Mapping[EventType, Callable[[RunSpans, _Part, Event], None]] = {
    EventType.RUN_FINISHED: RunSpans._on_run_finished,
    EventType.NODE_STARTED: RunSpans._on_started,
    EventType.NODE_SUCCEEDED: RunSpans._on_succeeded,
    EventType.NODE_FAILED: RunSpans._on_failed,
    EventType.NODE_BLOCKED: RunSpans._on_run_event,
    EventType.NODE_WAITING: RunSpans._on_waiting,
    EventType.NODE_APPROVED: RunSpans._on_approved,
    EventType.NODE_REJECTED: RunSpans._on_rejected,
    EventType.NODE_RETRIED: RunSpans._on_retried,
    EventType.NODE_CANCELLED: RunSpans._on_cancelled,
    EventType.NODE_INTERRUPTED: RunSpans._on_interrupted,
    EventType.NODE_RESET: RunSpans._on_run_event,
    EventType.DECISION_ANSWERED: RunSpans._on_answered,
    EventType.LOOP_LAPPED: RunSpans._on_run_event,
    EventType.SETTLED: RunSpans._on_settled,
    EventType.RESOURCE: RunSpans._on_resource,
    EventType.PLAN: RunSpans._on_run_event,
    EventType.APPLIED: RunSpans._on_applied,
    EventType.CANCEL_REQUESTED: RunSpans._on_run_event,
    EventType.DIAGRAM_CHANGED: RunSpans._on_run_event,
    EventType.NOTICE: RunSpans._on_notice,
}
"""What is not here is in no trace: nodes that were not chosen, and the outputs of components."""
