"""What a run tells while it runs: lines for people and logs, the journal's events as JSON lines for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from mermaid_flow.engine.events import Event, EventType, RunStatus


class Reporter(Protocol):
    """Hears of everything that a run records."""

    def event(self, event: Event) -> None: ...
    def notice(self, message: str) -> None: ...
    def finished(self, run: str, folder: Path, status: RunStatus) -> None: ...


class JsonLines:
    """One event a line, as in the journal."""

    def event(self, event: Event) -> None:
        print(json.dumps(asdict(event), default=str), flush=True)  # noqa: T201

    def notice(self, message: str) -> None:
        print(json.dumps({"type": "notice", "data": {"message": message}}), flush=True)  # noqa: T201

    def finished(self, run: str, folder: Path, status: RunStatus) -> None:
        pass


class Lines:
    """One line an event that people care about, prefixed by the node."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels

    def event(self, event: Event) -> None:
        if event.type in (EventType.NODE_STARTED, EventType.SETTLED):
            return
        what = event.type.value.removeprefix("node_")
        label = self._labels.get(event.node or "", "")
        details = ""
        if event.type is EventType.RESOURCE:
            if event.data["state"] == "planned":
                return
            details = f"{event.data['address']} {event.data['action']} {event.data['state']}"
        elif event.type is EventType.DECISION_ANSWERED:
            details = f"{event.data.get('labels')} from {event.data.get('source')} {event.data.get('where')}"
        elif event.type is EventType.NODE_FAILED:
            details = json.dumps(event.data.get("error"), default=str)
        elif event.type in (EventType.PLAN, EventType.APPLIED):
            details = f"+{event.data['add']} ~{event.data['change']} -{event.data['destroy']}"
        print(f"{label:32.32}  {what}  {details}".rstrip(), flush=True)  # noqa: T201

    def notice(self, message: str) -> None:
        print(message, file=sys.stderr, flush=True)  # noqa: T201

    def finished(self, run: str, folder: Path, status: RunStatus) -> None:
        print(f"run {run} {status}: {folder}")  # noqa: T201


@contextmanager
def reporter(form: str, labels: Mapping[str, str], heading: str) -> Iterator[Reporter]:
    """The reporter for `text` or `json`; `heading` is the first line."""
    if form == "json":
        yield JsonLines()
        return
    print(heading, flush=True)  # noqa: T201
    yield Lines(labels)
