"""The thread that makes a run's trace and sends it: the run hands over its events, and waits a little at its end."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event as ThreadEvent
from threading import Thread
from typing import TYPE_CHECKING

from mermaid_flow import __version__
from mermaid_flow.engine.events import Event
from mermaid_flow.engine.masking import masked
from mermaid_flow.session._trace_subject import TraceSubject
from mermaid_flow.session.telemetry import SpanPlace, TraceSettings

if TYPE_CHECKING:
    from mermaid_flow.session._trace_export import Complaints, Delivery
    from mermaid_flow.session._trace_spans import RunSpans

PATIENCE = 3.0
"""Seconds that a run waits at its end for its trace to be sent."""
REST = 0.1
"""Seconds between looks at what has happened: a thread that wakes up for each event would hold up the run's own."""
MISSING = "OpenTelemetry is not installed: pip install 'mermaid-flow[otel]'"
_LONGEST = 300


class TraceThread(Thread):
    """Traces one run. `root` is the span that this process's part of the run gets, `past` what was recorded before."""

    def __init__(
        self,
        settings: TraceSettings,
        subject: TraceSubject,
        root: SpanPlace,
        caller: SpanPlace | None,
        past: Sequence[Event],
    ) -> None:
        super().__init__(name="mflow-trace", daemon=True)
        self.root = root
        self._settings = settings
        self._subject = subject
        self._caller = caller
        self._past = past
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._closing = ThreadEvent()
        self._deliveries: list[Delivery] = []
        self._complaints: Complaints | None = None
        self._failure = ""

    def event(self, event: Event) -> None:
        """The run's next event."""
        if self.is_alive():
            self._events.put(event)

    def close(self) -> str:
        """Have the rest sent, within `PATIENCE`. Returns what the user should know, nothing when all went well."""
        self._closing.set()
        self.join(PATIENCE)
        late = self.is_alive()
        lost = max((delivery.lost for delivery in self._deliveries), default=0)
        taken = max((delivery.taken for delivery in self._deliveries), default=0)
        if not (late or lost or self._failure):
            return ""
        for delivery in self._deliveries if late else ():
            delivery.give_up()
        told = self._complaints.first if self._complaints else ""
        why = self._failure or told or f"it took longer than {PATIENCE:g} seconds"
        if not taken:
            what = "no trace of this run"
        elif lost:
            what = f"{lost} of {taken} spans of this run's trace are not sent"
        else:
            what = "this run's trace is not complete"
        return f"{what}: {' '.join(str(masked(why, self._subject.hidden)).split())[:_LONGEST]}"

    def run(self) -> None:
        """Make spans until `close`."""
        try:
            self._trace()
        except ModuleNotFoundError as error:
            self._failure = MISSING if (error.name or "").startswith("opentelemetry") else str(error)
        except Exception as error:  # whatever it is: the run goes on
            self._failure = f"{type(error).__name__}: {error}"

    def _trace(self) -> None:
        from mermaid_flow.session._trace_export import Complaints, deliveries, tracer_provider  # noqa: PLC0415 - an extra
        from mermaid_flow.session._trace_spans import RunSpans  # noqa: PLC0415 - as above
        from mermaid_flow.session._trace_writer import RunIds, SpanWriter, span_context  # noqa: PLC0415 - as above

        self._complaints = Complaints()
        self._complaints.attach()
        try:
            ids = RunIds(self.root.trace)
            self._deliveries = deliveries(self._settings)
            provider = tracer_provider(self._settings, ids, self._deliveries)
            try:
                writer = SpanWriter(provider.get_tracer("mermaid_flow", __version__), ids, self._subject.hidden)
                spans = RunSpans(writer, self._subject, span_context(self._caller) if self._caller else None)
                spans.remember(self._past)
                while not self._closing.wait(REST):
                    self._take(spans)
                self._take(spans)
                spans.close()
            finally:
                provider.shutdown()
        finally:
            self._complaints.detach()

    def _take(self, spans: RunSpans) -> None:
        with suppress(Empty):
            while True:
                spans.take(self._events.get_nowait())
