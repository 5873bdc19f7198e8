"""A run as it goes, on a terminal: its boxes in source order, what each is at, and how long it may still take."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from mermaid_flow.engine.events import Event
from mermaid_flow.engine.folder import safe_name
from mermaid_flow.render.earlier import EarlierRun, expected_seconds
from mermaid_flow.render.escaping import one_line
from mermaid_flow.render.looks import SIGNS, Look
from mermaid_flow.render.progress import ComponentProgress, NodeProgress, ResourceProgress, RunProgress
from mermaid_flow.render.summary import changes_text, quoted
from mermaid_flow.render.words import counted, duration

_STYLES = {
    Look.SUCCEEDED: "green",
    Look.NOTHING_TO_DO: "green dim",
    Look.FAILED: "bold red",
    Look.RUNNING: "bold cyan",
    Look.WAITING: "bold yellow",
    Look.CANCELLED: "magenta",
    Look.SKIPPED: "dim strike",
    Look.NOT_REACHED: "dim",
}
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_PREPARED = "○"
"""The handler is through, Terraform is not."""
_MOST_RESOURCES = 3
_NARROWEST_LABEL = 18
_LONGEST_FINAL = 120
"""Rows of the tree that stays on the terminal; of a longer one only what matters."""
_LOG_TAIL = 2_000
"""Bytes of a log that are looked at for its last line."""
_LOG_PREFIX = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (?:INFO |DEBUG )?")
"""When a log line was written; it is shown when it was written."""
_COUNTS = 8
"""Columns for what Terraform plans or did."""
_MOST_TOLD = 4
"""Lines under the tree that say what somebody has to know or do."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the tree. Those that matter are kept when there is not room for all."""

    cells: tuple[Text, Text, Text, Text]
    matters: bool = False


class LiveTree:
    """Draws the tree again and again until `stop`, and leaves its last state on the terminal."""

    def __init__(
        self,
        progress: RunProgress,
        console: Console,
        clock: Callable[[], float],
        *,
        nodes_folder: Path,
        earlier: Sequence[EarlierRun] = (),
        verbose: bool = False,
    ) -> None:
        self.progress = progress
        self._console = console
        self._clock = clock
        self._nodes_folder = nodes_folder
        self._earlier = earlier
        self._most_resources = 1_000 if verbose else _MOST_RESOURCES
        self._lock = threading.Lock()
        self._stopped = False
        self._interjection = ""
        self._live = Live(
            get_renderable=lambda: self,
            console=console,
            refresh_per_second=8,
            vertical_overflow="crop",
        )

    def start(self) -> None:
        """Begin to draw."""
        self._live.start(refresh=True)

    def event(self, event: Event) -> None:
        """Take note of the next event; the next refresh shows it."""
        with self._lock:
            self.progress.take(event)

    def notice(self, message: str) -> None:
        """Write something above the tree."""
        self._console.print(Text(one_line(message)))

    def interject(self, message: str) -> None:
        """Say something under the tree. It takes no lock: a signal handler may have interrupted whoever holds it."""
        self._interjection = message

    def stop(self) -> None:
        """Draw the last state and leave it there."""
        self._stopped = True
        self._live.vertical_overflow = "visible"
        self._live.stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The tree and the line under it, as they are now."""
        with self._lock:
            now = self._clock()
            yield self._drawn(now, options.max_width, console.height)

    def _drawn(self, now: float, width: int, height: int) -> RenderableType:
        told = [Text(line, style="yellow") for line in self._told()]
        footer: list[RenderableType] = [*self._component_lines(), self._progress_line(now, width), *told]
        rows = list(self._rows(now))
        told_lines = sum(1 + line.cell_len // width for line in told)
        room = _LONGEST_FINAL if self._stopped else max(4, height - len(footer) - told_lines - 1)
        widest = max((row.cells[0].cell_len for row in rows), default=0)
        label_width = min(max(widest, _NARROWEST_LABEL), max(24, width * 2 // 5))
        counts_width = _COUNTS if any(row.cells[1] for row in rows) else 0
        table = Table.grid(padding=(0, 2, 0, 0), expand=False)
        table.add_column(width=label_width, no_wrap=True, overflow="ellipsis")
        if counts_width:
            table.add_column(width=counts_width, no_wrap=True, overflow="ellipsis", justify="right")
        table.add_column(width=7, no_wrap=True, justify="right")
        rest = width - label_width - (counts_width + 2 if counts_width else 0) - 12
        table.add_column(width=max(8, rest), no_wrap=True, overflow="ellipsis")
        for row in _fitted(rows, room):
            label, counts, *others = row.cells
            table.add_row(label, *([counts] if counts_width else []), *others)
        return Group(table, *footer)

    def _told(self) -> Iterator[str]:
        """What somebody has to know or do now, in full: it may be there to be copied."""
        if self._stopped:
            return
        lines = []
        for node in self.progress.nodes.values():
            if node.look is Look.WAITING and self.progress.run:
                lines.append(f"mflow approve {self.progress.run} {quoted(node.id)}")
            elif node.look is Look.RUNNING and node.notice:
                lines.append(f"{node.label}: {node.notice}")
        yield from map(one_line, lines[:_MOST_TOLD])
        if self._interjection:
            yield one_line(self._interjection)

    def _rows(self, now: float) -> Iterator[_Row]:
        shown: tuple[str, ...] = ()
        for node in _grouped(self.progress.nodes.values()):
            for depth, title in enumerate(node.stages):
                if shown[: depth + 1] != node.stages[: depth + 1]:
                    heading = Text("  " * depth + one_line(title), style="bold")
                    yield _Row((heading, Text(), Text(), Text()))
            shown = node.stages
            yield self._node_row(node, now)
            indent = "  " * (len(node.stages) + 1)
            for resource in node.working[: self._most_resources]:
                yield _resource_row(resource, indent, now)

    def _node_row(self, node: NodeProgress, now: float) -> _Row:
        busy = node.active and node.look is not Look.WAITING
        look = Look.RUNNING if busy else node.look
        sign, style = SIGNS[look], _STYLES[look]
        if busy and not self._stopped:
            sign = _SPINNER[int(now * 8) % len(_SPINNER)]
        elif node.prepared:
            sign, style = _PREPARED, "cyan"
        label = Text("  " * len(node.stages) + f"{sign} {one_line(node.label)}", style=style)
        counts = Text(changes_text(node.changes), style="cyan" if busy or node.prepared else "")
        note = Text(self._note(node, busy), style="red" if look is Look.FAILED else "dim")
        return _Row((label, counts, Text(_took(node, now)), note), node.active or look in {Look.FAILED, Look.CANCELLED})

    def _note(self, node: NodeProgress, busy: bool) -> str:
        parts = []
        if node.look is Look.RUNNING and node.attempt > 1:
            parts.append(f"attempt {node.attempt}")
        if busy and node.resources:
            parts.append(_done_of(list(node.resources.values())))
        if node.note:
            parts.append(one_line(node.note))
        elif node.prepared and not busy:
            parts.append("planned" if node.resources else "declared")
        elif node.look is Look.RUNNING and not node.working:
            parts.append(self._last_log_line(node))
        return "  ".join(part for part in parts if part)

    def _last_log_line(self, node: NodeProgress) -> str:
        path = self._nodes_folder / safe_name(node.id) / str(node.visit) / "log.txt"
        try:
            with path.open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - _LOG_TAIL))
                lines = file.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return next((one_line(_LOG_PREFIX.sub("", line, count=1)) for line in reversed(lines) if line.strip()), "")

    def _component_lines(self) -> Iterator[Text]:
        for component in self.progress.components.values():
            yield Text(f"{one_line(component.name)}  {self._component(component)}", style="dim", no_wrap=True)

    def _component(self, component: ComponentProgress) -> str:
        if component.applied is not None:
            took = f" in {duration(component.seconds)}" if component.seconds else ""
            return f"applied {changes_text(component.applied) or 'without changes'}{took}"
        planned = changes_text(component.planned) if component.planned else ""
        resources = self.progress.of_component(component.name)
        return f"planned {planned or 'without changes'}{', ' + _done_of(resources) if resources else ''}"

    def _progress_line(self, now: float, width: int) -> Table:
        nodes = self.progress.nodes.values()
        settled = sum(node.settled for node in nodes)
        elapsed = 0.0 if self.progress.began is None else max(0.0, now - self.progress.began)
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_row(
            ProgressBar(total=max(1, len(nodes)), completed=settled, width=min(30, width // 4)),
            Text(f"{settled} of {counted(len(nodes), 'node')}, {duration(elapsed)}{self._left(elapsed)}", no_wrap=True),
        )
        return line

    def _left(self, elapsed: float) -> str:
        if self._stopped:
            return ""
        plans = [component.planned for component in self.progress.components.values() if component.planned is not None]
        changes = sum(plan.add + plan.change + plan.destroy for plan in plans) if plans else None
        expected = expected_seconds(self._earlier, changes)
        if expected is None:
            return ""
        if elapsed > expected * 1.1:
            return f", usually {duration(expected)}"
        return f", about {duration(max(1.0, expected - elapsed))} left"


def _grouped(nodes: Iterable[NodeProgress]) -> list[NodeProgress]:
    """The boxes in source order, but those of a subgraph together, where the first of them stands."""
    first: dict[tuple[str, ...], int] = {}
    places: dict[str, tuple[int, ...]] = {}
    for place, node in enumerate(given := list(nodes)):
        around = [node.stages[: depth + 1] for depth in range(len(node.stages))]
        places[node.id] = (*(first.setdefault(stages, place) for stages in around), place)
    return sorted(given, key=lambda node: places[node.id])


def _done_of(resources: Sequence[ResourceProgress]) -> str:
    return f"{sum(resource.done for resource in resources)} of {counted(len(resources), 'resource')}"


def _resource_row(resource: ResourceProgress, indent: str, now: float) -> _Row:
    name = Text(f"{indent}{one_line(resource.name)}", style="dim")
    since = duration(max(0.0, now - resource.began)) if resource.began is not None else ""
    return _Row((name, Text(), Text(since, style="dim"), Text(one_line(resource.action), style="dim")), True)


def _took(node: NodeProgress, now: float) -> str:
    if node.look in {Look.RUNNING, Look.WAITING} and node.began is not None:
        return duration(max(0.0, now - node.began))
    begun = [resource.began for resource in node.working if resource.began is not None]
    if begun:
        return duration(max(0.0, now - min(begun)))
    return duration(node.seconds) if node.seconds is not None and node.seconds >= 0.05 else ""


def _fitted(rows: Sequence[_Row], room: int) -> Iterator[_Row]:
    """At most `room` rows in their order: those that matter, and those that are nearest to them."""
    if len(rows) <= room:
        yield from rows
        return
    focus = [place for place, row in enumerate(rows) if row.matters] or [0]

    def distance(place: int) -> int:
        after = bisect_left(focus, place)
        return min(abs(place - near) for near in focus[max(0, after - 1) : after + 1])

    kept = sorted(sorted(range(len(rows)), key=distance)[: room - 1])
    yield from (rows[place] for place in kept)
    more = Text(f"… {counted(len(rows) - len(kept), 'more line')}", style="dim")
    yield _Row((more, Text(), Text(), Text()))
