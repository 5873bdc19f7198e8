"""Where spans go: OpenTelemetry's own exporters and batches, watched so that it is known what did not arrive."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator

from mermaid_flow import __version__
from mermaid_flow.session.telemetry import TraceSettings

_LOGGER = logging.getLogger("opentelemetry")
_QUEUE = 16384
"""Spans that may wait to be sent, unless OTEL_BSP_MAX_QUEUE_SIZE says otherwise; large graphs make many at once."""


class Complaints(logging.Handler):
    """Keeps what OpenTelemetry logs from the terminal, and the first of it for the end, while it is attached."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.first = ""
        self._propagated = _LOGGER.propagate

    def emit(self, record: logging.LogRecord) -> None:
        self.first = self.first or record.getMessage()

    def attach(self) -> None:
        """Listen."""
        _LOGGER.propagate = False
        _LOGGER.addHandler(self)

    def detach(self) -> None:
        """Leave the logger as it was."""
        _LOGGER.removeHandler(self)
        _LOGGER.propagate = self._propagated


class _Watched(SpanExporter):
    """An exporter, and how many spans it has delivered."""

    def __init__(self, exporter: SpanExporter) -> None:
        self.delivered = 0
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self.delivered += len(spans)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


class Delivery(BatchSpanProcessor):
    """Sends spans in batches from a thread of its own. `taken` is how many there were so far."""

    def __init__(self, exporter: SpanExporter) -> None:
        self.taken = 0
        self._watched = _Watched(exporter)
        super().__init__(self._watched, None if "OTEL_BSP_MAX_QUEUE_SIZE" in os.environ else _QUEUE)

    @property
    def lost(self) -> int:
        """How many spans are not delivered."""
        return self.taken - self._watched.delivered

    def on_end(self, span: ReadableSpan) -> None:
        self.taken += 1
        super().on_end(span)

    def give_up(self) -> None:
        """Try no more; a retry that is under way ends."""
        self._watched.shutdown()


def deliveries(settings: TraceSettings) -> list[Delivery]:
    """One for each exporter. The console is standard error: standard output belongs to the run."""
    made: list[Delivery] = []
    for name in settings.exporters:
        if name == "console":
            made.append(Delivery(ConsoleSpanExporter(out=sys.stderr)))
        else:
            endpoint = f"{settings.endpoint.rstrip('/')}/v1/traces" if settings.endpoint else None
            made.append(Delivery(OTLPSpanExporter(endpoint=endpoint)))
    return made


def tracer_provider(settings: TraceSettings, ids: IdGenerator, processors: Sequence[Delivery]) -> TracerProvider:
    """OpenTelemetry's tracing, with sampler, limits and resource as its variables say."""
    resource = Resource.create({SERVICE_VERSION: __version__})
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: settings.service}))
    provider = TracerProvider(resource=resource, id_generator=ids, shutdown_on_exit=False)
    for processor in processors:
        provider.add_span_processor(processor)
    return provider
