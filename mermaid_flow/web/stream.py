"""A run's events as server-sent events: each has its number, so a browser that lost the stream goes on where it was."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool

from mermaid_flow.engine.follow import POLL
from mermaid_flow.errors import MflowError
from mermaid_flow.render.escaping import json_text, one_line
from mermaid_flow.web.watch import Told, Watch

HEARTBEAT = 15.0
"""Seconds without an event after which something is sent, so that a dead connection is noticed."""
RETRY = 1000
"""Milliseconds after which a browser that lost the stream asks again."""
_AT_ONCE = 200
"""Events in one piece, so that a long run does not go through memory as a whole."""


async def stream(watch: Watch, after: int, closing: Callable[[], bool]) -> AsyncIterator[str]:
    """The events beyond number `after`, as they come, until `closing` says that the server ends.

    `event: state` says that something changed which is no event: a process began to work on the run, or ended.
    """
    yield f"retry: {RETRY}\n\n"
    seen, working, silent = after, None, 0.0
    while not closing():
        try:
            version = await run_in_threadpool(watch.look)
        except MflowError as error:
            yield f"event: trouble\ndata: {json_text(one_line(error))}\n\n"
            return
        fresh = watch.told(seen)[:_AT_ONCE]
        if fresh:
            seen = fresh[-1].event.seq
            silent = 0.0
            yield "".join(map(_message, fresh))
            continue
        if version.working is not working:
            working = version.working
            yield f"event: state\ndata: {json.dumps({'working': working})}\n\n"
        elif silent >= HEARTBEAT:
            silent = 0.0
            yield ": still here\n\n"
        silent += POLL
        await asyncio.sleep(POLL)


def _message(told: Told) -> str:
    event = told.event
    data = {"seq": event.seq, "type": event.type.value, "node": event.node, "visit": event.visit, "lines": told.lines}
    return f"id: {event.seq}\ndata: {json_text(data)}\n\n"


def last_event(header: str | None, query: str | None) -> int:
    """The number of the last event that a browser has: by `Last-Event-ID`, else by the address; 0 when it has none."""
    for given in (header, query):
        if given is not None and given.isascii() and given.isdigit():
            return int(given[:12])
    return 0
