"""What a run tells while it runs, and to whom: a tree for a terminal, lines for a log, JSON lines for a program."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TextIO

from mermaid_flow.engine.events import Event
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.journal import encode
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.graph.sequence import SequenceTree
from mermaid_flow.render.closing import ClosingLine, closing_lines, wrapped
from mermaid_flow.render.escaping import json_text, one_line
from mermaid_flow.render.lines import Lines
from mermaid_flow.render.progress import RunProgress

if TYPE_CHECKING:
    from mermaid_flow.render.live import LiveTree

_MOODS = {"plain": "", "good": "bold green", "bad": "bold red"}


class Detail(Enum):
    """How much to tell."""

    QUIET = "quiet"
    """Nothing until the end."""
    NORMAL = "normal"
    VERBOSE = "verbose"
    """The start of everything and every resource too."""


class Reporter(Protocol):
    """Hears of everything that a run records. Called from several threads, one after the other."""

    def event(self, event: Event) -> None:
        """The next event of the journal."""

    def notice(self, message: str) -> None:
        """Something that is no event."""

    def interject(self, message: str) -> None:
        """Something that whoever sits at the terminal should read at once. Signal handlers may call it."""


class JsonLines:
    """The journal's events as JSON, one a line; notices go to standard error."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def event(self, event: Event) -> None:
        """Write the event."""
        with suppress(BrokenPipeError):  # whoever read this is gone; the run goes on
            self._output.write(json_text(json.loads(encode(event))) + "\n")
            self._output.flush()

    def notice(self, message: str) -> None:
        """Write it where no program expects JSON."""
        sys.stderr.write(f"{one_line(message)}\n")

    interject = notice


class Quiet:
    """Says nothing."""

    def event(self, event: Event) -> None:
        """Nothing."""

    def notice(self, message: str) -> None:
        """Nothing."""

    def interject(self, message: str) -> None:
        """Write it on standard error: somebody has pressed a key."""
        sys.stderr.write(f"{one_line(message)}\n")


@contextmanager
def reporting(
    form: str, folder: RunFolder, graph: FlowGraph | SequenceTree, heading: str, *, detail: Detail = Detail.NORMAL
) -> Iterator[Reporter]:
    """A reporter for a run that is about to begin, in the form `text` or `json`; it says how the run ended, too.

    `heading`, the target, is the first line, with the run's id. A terminal gets the tree unless it cannot move.
    """
    if form == "json":
        yield JsonLines(sys.stdout)
        return
    _print([ClosingLine(f"{one_line(heading)}; run {folder.id}")])
    with _text_reporter(folder, graph, detail) as reporter:
        yield reporter
    _print(closing_lines(RunRecord.open(folder)))


@contextmanager
def _text_reporter(folder: RunFolder, graph: FlowGraph | SequenceTree, detail: Detail) -> Iterator[Reporter]:
    if detail is Detail.QUIET:
        yield Quiet()
        return
    progress = RunProgress.of_graph(graph)
    with folder.journal(readonly=True) as journal:
        for event in journal.read():  # a run that is resumed
            progress.take(event)
    verbose = detail is Detail.VERBOSE
    reporter = _live(folder, progress, verbose) or Lines(progress, sys.stdout, time.time, verbose=verbose)
    reporter.start()
    try:
        yield reporter
    finally:
        reporter.stop()


def _live(folder: RunFolder, progress: RunProgress, verbose: bool) -> LiveTree | None:
    if not sys.stdout.isatty():
        return None
    from rich.console import Console  # noqa: PLC0415 - only terminals need it

    console = Console(highlight=False)
    if console.is_dumb_terminal:
        return None
    from mermaid_flow.render.earlier import earlier_runs  # noqa: PLC0415 - as above
    from mermaid_flow.render.live import LiveTree  # noqa: PLC0415 - as above

    return LiveTree(
        progress,
        console,
        time.time,
        nodes_folder=folder.path / "nodes",
        earlier=earlier_runs(folder),
        verbose=verbose,
    )


def _print(lines: Sequence[ClosingLine]) -> None:
    if not sys.stdout.isatty():
        sys.stdout.write("".join(f"{line.text}\n" for line in lines))
        sys.stdout.flush()
        return
    from rich.console import Console  # noqa: PLC0415 - only terminals need it
    from rich.text import Text  # noqa: PLC0415 - as above

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(wrapped(line, console.width), style=_MOODS[line.mood]))
