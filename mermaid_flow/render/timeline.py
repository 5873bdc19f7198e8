"""When things happened in a run: a bar for each visit of a node, and one for the work on its resources.

Times are seconds of work: what lies between the end of one process and the start of the one that resumes the run is
left out, or a weekend would make everything else invisible.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.looks import Look, look_of


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the timeline, in seconds from its beginning."""

    start: float
    length: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One visit. `work` is the time that Terraform spent on the resources of the visit's node, wherever it was done."""

    node: str
    label: str
    visit: int
    look: Look
    stretch: Stretch
    work: Stretch | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The bars in the order in which the visits began; `seconds` is the length of the whole."""

    seconds: float
    bars: tuple[Bar, ...]


def timeline(record: RunRecord) -> Timeline:
    """The timeline of a run, up to its last event when it has not ended."""
    if not record.events:
        return Timeline(0.0, ())
    axis = _Axis(record.events)
    now = record.events[-1].at
    works = _works(record.events)
    bars = []
    for node in record.nodes.values():
        for visit in node.visits:
            if visit.started is None:
                continue
            ended = now if visit.ended is None else visit.ended
            work = works.get((node.id, visit.number))
            look = look_of(visit.status, visit.skipped)
            stretch = axis.stretch(visit.started, ended)
            bars.append(
                Bar(node.id, node.label or node.id, visit.number, look, stretch, axis.stretch(*work) if work else None)
            )
    return Timeline(axis.seconds, tuple(sorted(bars, key=lambda bar: bar.stretch.start)))


class _Axis:
    """From the wall clock to seconds of work."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._began: list[float] = []
        self._offsets: list[float] = []
        self.seconds = 0.0
        latest = 0.0
        for event in events:
            if event.type is EventType.RUN_STARTED or not self._began:
                self._began.append(event.at)
                self._offsets.append(self.seconds)
            # The wall clock may have been set back.
            latest = max(event.at, self._began[-1])
            self.seconds = max(self.seconds, self._offsets[-1] + latest - self._began[-1])

    def at(self, moment: float) -> float:
        part = max(0, bisect_right(self._began, moment) - 1)
        end = self._offsets[part + 1] if part + 1 < len(self._offsets) else self.seconds
        return min(max(0.0, self._offsets[part] + moment - self._began[part]), end)

    def stretch(self, start: float, end: float) -> Stretch:
        begin = self.at(start)
        return Stretch(begin, max(0.0, self.at(end) - begin))


def _works(events: Iterable[Event]) -> dict[tuple[str, int], tuple[float, float]]:
    """First and last moment of work on resources, by node and visit."""
    works: dict[tuple[str, int], tuple[float, float]] = {}
    for event in events:
        if event.type is not EventType.RESOURCE or event.node is None or event.data.get("action") == "read":
            continue
        if event.data.get("state") != "planned":
            first, _ = works.get((event.node, event.visit), (event.at, event.at))
            works[event.node, event.visit] = (first, event.at)
    return works
