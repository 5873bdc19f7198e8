"""A collector of traces for tests: a real HTTP server that takes OTLP and decodes it by OpenTelemetry's own schema."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

ERROR = 2


@dataclass(frozen=True)
class Event:
    """Something that happened in a span."""

    name: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Span:
    """A span as it arrived. Times are seconds since the epoch; `error` is the message of its status."""

    name: str
    trace: str
    id: str
    parent: str
    links: list[tuple[str, str]]
    start: float
    end: float
    attributes: dict[str, Any]
    events: list[Event]
    error: str | None
    resource: dict[str, Any]

    def happened(self, name: str) -> list[dict[str, Any]]:
        """The attributes of all events of that name."""
        return [event.attributes for event in self.events if event.name == name]


@dataclass
class Collector:
    """What has arrived. `answer` is the status that requests get; `hold` keeps them waiting while it is not set."""

    endpoint: str
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answer: int = 200
    hold: threading.Event = field(default_factory=threading.Event)

    def one(self, name: str) -> Span:
        """The only span of that name."""
        [found] = [span for span in self.spans if span.name == name]
        return found

    def children(self, span: Span) -> list[str]:
        """The names of a span's children, in the order in which they began."""
        found = [child for child in self.spans if child.parent == span.id and child.trace == span.trace]
        return [child.name for child in sorted(found, key=lambda child: child.start)]


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.hold.wait(30)
            collector.requests.append((self.path, dict(self.headers)))
            if collector.answer == 200:
                plain = gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body
                collector.bodies.append(plain)
                collector.spans.extend(_spans(plain))
            self.send_response(collector.answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")
    collector.hold.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield collector
    finally:
        collector.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _spans(body: bytes) -> Iterator[Span]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    [(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
                    span.start_time_unix_nano / 1e9,
                    span.end_time_unix_nano / 1e9,
                    _plain(span.attributes),
                    [Event(event.name, _plain(event.attributes)) for event in span.events],
                    span.status.message if span.status.code == ERROR else None,
                    _plain(resource.resource.attributes),
                )


def _plain(attributes: Any) -> dict[str, Any]:
    return {attribute.key: _value(attribute.value) for attribute in attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return [_value(item) for item in value.array_value.values] if kind == "array_value" else getattr(value, kind)
