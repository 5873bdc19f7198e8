"""Stopping a run, in three steps: finish what runs, interrupt what runs, give up.

The request is an event of the journal, so it may come from another process and the record says which one it was.
"""

from __future__ import annotations

from enum import IntEnum

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.journal import Journal
from mermaid_flow.errors import MflowError


class CancelLevel(IntEnum):
    """How urgently a run is to stop. A request never lowers the level."""

    NONE = 0
    FINISH = 1
    """Nothing new starts; what runs goes on to its end."""
    INTERRUPT = 2
    """Handlers are told to stop; Terraform gets an interrupt and writes its state."""
    KILL = 3
    """The process ends without waiting; a resume finds what was in flight."""


def cancel_event(level: CancelLevel, by: str = "") -> Event:
    """The request as an event."""
    data: dict[str, object] = {"level": level.name.lower()}
    if by:
        data["by"] = by
    return Event(EventType.CANCEL_REQUESTED, data=data)


def requested_level(event: Event) -> CancelLevel:
    """The level that a CANCEL_REQUESTED event asks for; NONE for any other event."""
    if event.type is not EventType.CANCEL_REQUESTED:
        return CancelLevel.NONE
    return CancelLevel.__members__.get(str(event.data.get("level", "")).upper(), CancelLevel.FINISH)


def request_cancel(journal: Journal, level: CancelLevel, *, by: str = "") -> None:
    """Ask the process that works on the run to stop. `journal` is freshly opened.

    Raises MflowError when the run has ended already.
    """
    with journal.exclusive():
        lifecycle = [
            event.type for event in journal.read() if event.type in {EventType.RUN_STARTED, EventType.RUN_FINISHED}
        ]
        if not lifecycle or lifecycle[-1] is EventType.RUN_FINISHED:
            raise MflowError("the run is not running", code="run.not_running", hint="see `mflow runs`")
        journal.append([cancel_event(level, by)])
