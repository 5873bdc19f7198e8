"""Writes single spans with OpenTelemetry: with ids that are made from the run's, the events' times, and no secrets."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)
from opentelemetry.trace.span import TraceState

from mermaid_flow.engine.masking import masked, masked_mapping
from mermaid_flow.engine.visits import ErrorRecord
from mermaid_flow.session.telemetry import SpanPlace

Attribute: TypeAlias = str | bool | int | float | list[str]


class RunIds(IdGenerator):
    """Gives spans the ids that were set just before. One thread makes all spans."""

    def __init__(self, trace: int) -> None:
        self.trace = trace
        self.span = 0

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return self.span


class SpanWriter:
    """Starts, tells and ends spans. With `silent` spans are never ended, so that nobody hears of them."""

    def __init__(self, tracer: Tracer, ids: RunIds, hidden: Collection[str] = ()) -> None:
        self.silent = False
        self._tracer = tracer
        self._ids = ids
        self._hidden = hidden

    @property
    def trace(self) -> int:
        """The trace that spans without a parent belong to."""
        return self._ids.trace

    def start(
        self,
        span: int,
        name: str,
        parent: Span | SpanContext | None,
        at: float,
        attributes: Mapping[str, object],
        link: SpanPlace | None = None,
    ) -> Span:
        """A span with the id `span`."""
        self._ids.span = span
        around = NonRecordingSpan(parent) if isinstance(parent, SpanContext) else parent
        return self._tracer.start_span(
            self._text(name),
            set_span_in_context(around, Context()) if around else Context(),
            attributes=self._plain(attributes),
            links=[Link(span_context(link))] if link else [],
            start_time=_nanoseconds(at),
        )

    def set(self, span: Span, attributes: Mapping[str, object]) -> None:
        """Add attributes."""
        span.set_attributes(self._plain(attributes))

    def add(self, span: Span, name: str, at: float, attributes: Mapping[str, object]) -> None:
        """Tell of something that happened."""
        span.add_event(name, self._plain(attributes), _nanoseconds(at))

    def fail(self, span: Span, error: ErrorRecord, at: float) -> None:
        """Say that it has failed, as OpenTelemetry's conventions for exceptions have it."""
        message = self._text(error.message)
        span.set_status(Status(StatusCode.ERROR, f"{error.code}: {message}"))
        span.set_attribute("error.type", error.code)
        span.add_event("exception", {"exception.type": error.code, "exception.message": message}, _nanoseconds(at))

    def end(self, span: Span, at: float) -> None:
        """Hand it over to be sent."""
        if not self.silent:
            span.end(_nanoseconds(at))

    def _text(self, text: str) -> str:
        return _encodable(str(masked(text, self._hidden)))

    def _plain(self, attributes: Mapping[str, object]) -> dict[str, Attribute]:
        """Attributes as spans take them, without what is not known."""
        known = {key: value for key, value in attributes.items() if value not in (None, "", [])}
        return {key: _attribute(value) for key, value in masked_mapping(known, self._hidden).items()}


def span_context(place: SpanPlace) -> SpanContext:
    """A span of another process."""
    state = TraceState.from_header([place.state]) if place.state else None
    return SpanContext(place.trace, place.span, True, TraceFlags(place.flags), state)


def _attribute(value: object) -> Attribute:
    if isinstance(value, bool | int | float):
        return value
    return (
        [_said(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else _said(value)
    )


def _said(value: object) -> str:
    return _encodable(value if isinstance(value, str) else json.dumps(value, default=str))


def _encodable(text: str) -> str:
    """The text without halves of surrogate pairs, which no exporter can encode."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)
