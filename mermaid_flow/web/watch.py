"""Watches runs for the pages that show them: each event is read once, each state drawn once, for however many pages.

A watch reads the journal like anybody else. It does not end with the run: a run that has ended may be resumed.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mermaid_flow.engine.events import Event
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.nested_runs import run_name
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.render.lines import EventLines
from mermaid_flow.render.progress import RunProgress
from mermaid_flow.render.report import Page, page_of

_MOST = 16
"""Runs that are kept in memory; beyond it the one that was asked for longest ago is read anew when it is needed."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and what it says in words."""

    event: Event
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """What a state of a run is known by: the number of its last event, and whether a process works on it."""

    seq: int
    working: bool


class Watch:
    """One run, as far as it has been read. All methods may be called from any thread.

    `find` gives the run's folder as it is now, `link` the address of a node's details by the node's id. Raises
    MflowError when there is no such run or its record is damaged.
    """

    def __init__(self, find: Callable[[], RunFolder], link: Callable[[str], str]) -> None:
        self.find = find
        self.broken = False
        """Whether reading has failed. Another watch may be luckier: a database can come back."""
        self._link = link
        folder = self._folder = find()
        self._journal = folder.journal(readonly=True)
        # A stream may use a watch that is no longer among those kept, so the last one to let go of it closes the file.
        weakref.finalize(self, self._journal.close)
        blank = RunRecord.of(folder.metadata, folder.source, (), folder.path, working=False)
        self._lines = EventLines(RunProgress.of_record(blank), verbose=True)
        self._told: list[Told] = []
        self._reading = threading.Lock()
        self._drawing = threading.Lock()
        self._drawn: tuple[Version, Page] | None = None

    def look(self) -> Version:
        """Read what is new. Raises MflowError when the record is damaged."""
        with self._reading:
            # Asked before reading: a process that ends in between has left its last event by then.
            working = self._folder.is_locked()
            try:
                fresh = self._journal.read()
            except MflowError:
                self.broken = True
                raise
            self._told += [Told(event, tuple(self._lines.of(event))) for event in fresh]
            return Version(len(self._told), working)

    def told(self, after: int) -> list[Told]:
        """What has been read beyond the event with the number `after`."""
        return self._told[after:]

    def page(self) -> tuple[Version, Page]:
        """The run as it is now. Raises MflowError when the record is damaged or nothing can draw it."""
        with self._drawing:
            version = self.look()
            if self._drawn is None or self._drawn[0] != version:
                folder = self.find()  # a resume may have brought a changed diagram
                events = [told.event for told in self._told[: version.seq]]
                record = RunRecord.of(folder.metadata, folder.source, events, folder.path, working=version.working)
                self._drawn = version, page_of(record, folder.inputs, link=self._link, logs=False)
            return self._drawn


class Watches:
    """The runs of a project that somebody looks at. `find` gives a run's folder by what it may be called."""

    def __init__(self, find: Callable[[str], RunFolder], link: Callable[[str, str], str]) -> None:
        self._find = find
        self._link = link
        self._watches: OrderedDict[str, Watch] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, name: str) -> tuple[str, Watch]:
        """The run's full name and its watch. Raises MflowError when there is no such run."""
        folder = self._find(name)
        run = run_name(folder.metadata, folder.path)
        with self._lock:
            watch = self._watches.get(run)
            if watch is None or watch.broken:
                watch = self._watches[run] = Watch(partial(self._find, run), partial(self._link, run))
            self._watches.move_to_end(run)
            if len(self._watches) > _MOST:
                self._watches.popitem(last=False)
            return run, watch
