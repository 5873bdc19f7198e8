"""Follows a run that another process carries out, by its journal."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.folder import RunFolder

POLL = 0.2
"""Seconds between looks at the journal."""


def follow(folder: RunFolder, after: int = 0) -> Iterator[Event]:
    """The run's events with a `seq` above `after`, old and new ones, until the run has ended and nobody works on it."""
    pause = threading.Event()
    seen = after
    while True:
        # Asked before reading: what is written between the two is read in the next round.
        working = folder.is_locked()
        with folder.journal(readonly=True) as journal:
            fresh = [event for event in journal.read() if event.seq > seen]
        for event in fresh:
            seen = event.seq
            yield event
        if not working and (not fresh or fresh[-1].type is EventType.RUN_FINISHED):
            return
        pause.wait(POLL)
