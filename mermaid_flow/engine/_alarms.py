"""What the executor has to do at a later moment: end a timer, try again, lose patience. By the monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import count

from mermaid_flow.engine.events import Event

Alarm = Callable[[], Sequence[Event]]
"""Called when its time has come; returns what there is to record. One that has become pointless returns nothing."""


class Alarms:
    """A queue of alarms. One owner."""

    def __init__(self) -> None:
        self._queue: list[tuple[float, int, Alarm]] = []
        self._numbers = count()

    def set(self, seconds: float, alarm: Alarm) -> None:
        """Have `alarm` called in so many seconds."""
        heappush(self._queue, (time.monotonic() + seconds, next(self._numbers), alarm))

    def next_within(self, seconds: float) -> float:
        """Seconds until the next alarm, at most `seconds`."""
        if not self._queue:
            return seconds
        return min(seconds, max(0.0, self._queue[0][0] - time.monotonic()))

    def ring(self) -> list[Event]:
        """Call what is due."""
        now = time.monotonic()
        events: list[Event] = []
        while self._queue and self._queue[0][0] <= now:
            events += heappop(self._queue)[2]()
        return events
