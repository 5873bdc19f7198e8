"""Traces of runs for OpenTelemetry: says whether they are wanted, and puts an observer on a run that is to be traced.

Everything that costs time (importing OpenTelemetry, making spans, sending them) happens on a thread of its own, so
that a trace is never in the way of its run; this module imports nothing of it. See docs/telemetry.md.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from mermaid_flow.engine.events import EventType
from mermaid_flow.errors import MflowError, did_you_mean

if TYPE_CHECKING:
    from mermaid_flow.session._trace_thread import TraceThread
    from mermaid_flow.session.distributed import DistributedRun
    from mermaid_flow.session.run import Run

EXPORTERS = ("otlp", "console")
TRACEPARENT, TRACESTATE = "TRACEPARENT", "TRACESTATE"
_TRACEPARENT = r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
_SAMPLED = 1


class TraceSettings(NamedTuple):
    """Where traces go. `endpoint` is the one of mflow.yaml; None when the environment names one, or nobody does."""

    exporters: tuple[str, ...]
    endpoint: str | None = None
    service: str = "mflow"


class SpanPlace(NamedTuple):
    """Which span of which trace, as one process tells another."""

    trace: int
    span: int
    flags: int = _SAMPLED
    state: str = ""

    @property
    def header(self) -> str:
        """In the form of W3C's `traceparent`."""
        return f"00-{self.trace:032x}-{self.span:016x}-{self.flags:02x}"


def trace_settings(project: Mapping[str, object], environment: Mapping[str, str]) -> TraceSettings | None:
    """How runs are traced, or None when they are not. OpenTelemetry's variables beat `telemetry:` of mflow.yaml.

    Raises MflowError when the environment asks for what mflow does not have.
    """
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    given = _first(environment, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    own = {key: str(value) for key, value in project.items()}
    endpoint = own.get("endpoint", "")
    default = own.get("exporter") or ("otlp" if given or endpoint else "none")
    names = (_first(environment, "OTEL_TRACES_EXPORTER") or default).lower().split(",")
    exporters = tuple(name.strip() for name in names if name.strip() not in ("", "none"))
    for name in exporters:
        if name not in EXPORTERS:
            raise MflowError(
                f"there is no exporter {name!r} for traces",
                code="telemetry.exporter",
                hint=did_you_mean(name, EXPORTERS) or f"OTEL_TRACES_EXPORTER can be {', '.join(EXPORTERS)} or none",
            )
    protocol = _first(environment, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    if "otlp" in exporters and protocol not in ("", "http/protobuf"):
        raise MflowError(
            f"traces are sent as http/protobuf, not as {protocol}",
            code="telemetry.protocol",
            hint="set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf and use the collector's port for it, often 4318",
        )
    if not exporters:
        return None
    return TraceSettings(exporters, None if given or not endpoint else endpoint, own.get("service") or "mflow")


def callers_span(environment: Mapping[str, str]) -> SpanPlace | None:
    """The span of whoever started this process, which W3C's variables name; None for none or a broken one."""
    found = re.fullmatch(_TRACEPARENT, environment.get(TRACEPARENT, "").strip())
    if found is None:
        return None
    trace, span, flags = (int(number, 16) for number in found.groups()[:3])
    return SpanPlace(trace, span, flags & _SAMPLED, environment.get(TRACESTATE, ""))


def trace_id(run: str) -> int:
    """The trace of a run that nobody's trace goes on with: the same for every process that works on the run."""
    return _number(f"trace {run}", 16)


def span_id(run: str, what: str) -> int:
    """The span for `what` of a run: the same whoever makes it."""
    return _number(f"span {run} {what}", 8)


def part_name(number: int) -> str:
    """What the root span of a run's part is called for `span_id`; each process that works on a run does a part."""
    return f"part {number}"


@contextmanager
def traced(run: Run | DistributedRun, warn: Callable[[str], None]) -> Iterator[None]:
    """Trace the run that is carried out inside, if that is wanted; what is wrong with the trace becomes one warning.

    Processes that are started inside find the run's span in TRACEPARENT.
    """
    try:
        settings = trace_settings(run.prepared.project.telemetry, os.environ)
    except MflowError as error:
        warn(f"no trace of this run: {error}")
        settings = None
    if settings is None:
        yield
        return
    thread = _begin(run, settings)
    run.observers.append(thread.event)
    before = os.environ.get(TRACEPARENT)
    os.environ[TRACEPARENT] = thread.root.header
    try:
        yield
    finally:
        if before is None:
            del os.environ[TRACEPARENT]
        else:
            os.environ[TRACEPARENT] = before
        if complaint := thread.close():
            warn(complaint)


def _begin(run: Run | DistributedRun, settings: TraceSettings) -> TraceThread:
    from mermaid_flow.session._trace_subject import TraceSubject  # noqa: PLC0415 - few runs are traced
    from mermaid_flow.session._trace_thread import TraceThread  # noqa: PLC0415 - as above

    with run.folder.journal(readonly=True) as journal:
        past = journal.read()
    caller = callers_span(os.environ)
    part = 1 + sum(event.type is EventType.RUN_STARTED for event in past)
    root = SpanPlace(
        caller.trace if caller else trace_id(run.folder.id),
        span_id(run.folder.id, part_name(part)),
        caller.flags if caller else _SAMPLED,
    )
    thread = TraceThread(settings, TraceSubject.of(run), root, caller, past)
    thread.start()
    return thread


def _first(environment: Mapping[str, str], *names: str) -> str:
    return next((value for name in names if (value := environment.get(name, "").strip())), "")


def _number(text: str, octets: int) -> int:
    """A number of that size made from a text; ids are never zero."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:octets]) or 1
