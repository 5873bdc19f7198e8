"""A run as lines, for logs, CI and terminals that cannot move: one line for each event that matters."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TextIO

from mermaid_flow.engine.cancellation import requested_level
from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.render.escaping import one_line, shortened
from mermaid_flow.render.looks import WORDS, Look
from mermaid_flow.render.progress import NodeProgress, RunProgress, changes_of
from mermaid_flow.render.summary import changes_text, quoted
from mermaid_flow.render.words import counted, duration

REMIND = 30.0
"""Seconds without an end after which a line says what is still running."""

_WIDEST_LABEL = 36
_LONGEST = 400
_DOING = {"create": "creating", "update": "updating", "delete": "deleting", "replace": "replacing", "read": "reading"}
_DONE = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced", "read": "read"}


class EventLines:
    """Makes lines of events. `verbose` has a line for the start of everything too."""

    def __init__(self, progress: RunProgress, *, verbose: bool = False) -> None:
        self.progress = progress
        self._verbose = verbose
        labels = [len(one_line(node.label)) for node in progress.nodes.values()]
        self._width = min(_WIDEST_LABEL, max(labels, default=_WIDEST_LABEL))

    def of(self, event: Event) -> list[str]:
        """Take note of the event; the lines that it is worth."""
        self.progress.take(event)
        said = self._said(event)
        return [] if said is None else [self._line(self.progress.label(event), said)]

    def reminder(self, now: float) -> list[str]:
        """What is still running at `now`, seconds since the epoch."""
        return [self._line(node.label, _still(node, now)) for node in self.progress.nodes.values() if node.active]

    def _line(self, label: str, said: str) -> str:
        prefix = shortened(one_line(label), self._width).ljust(self._width)
        return shortened(f"{prefix}  {one_line(said)}", _LONGEST).rstrip()

    def _said(self, event: Event) -> str | None:  # noqa: PLR0911 - one answer for each kind of event
        data = event.data
        match event.type:
            case EventType.RESOURCE:
                return _resource(event, self._verbose)
            case EventType.PLAN:
                return f"plan {changes_text(changes_of(data)) or 'without changes'}"
            case EventType.APPLIED:
                seconds = data.get("seconds")
                took = f" in {duration(seconds)}" if isinstance(seconds, int | float) else ""
                return f"applied {changes_text(changes_of(data)) or 'without changes'}{took}"
            case EventType.NODE_STARTED:
                attempt = data.get("attempt")
                if isinstance(attempt, int) and attempt > 1:
                    return f"attempt {attempt}"
                return "started" if self._verbose else None
            case EventType.LOOP_LAPPED:
                return f"lap {data.get('lap')}"
            case EventType.NOTICE:
                level = data.get("level", "info")
                return f"{'' if level == 'info' else f'{level}: '}{data.get('message')}"
            case EventType.NODE_INTERRUPTED:
                return f"was in flight when a process died: {data.get('policy')}"
            case EventType.NODE_RESET:
                return f"runs again: {data.get('reason')}" if not data.get("reuse") else None
            case EventType.CANCEL_REQUESTED:
                return f"asked to stop: {requested_level(event).name.lower()}"
            case EventType.DIAGRAM_CHANGED:
                return "the diagram was changed; what has run stays"
            case _:
                return self._ended(event)

    def _ended(self, event: Event) -> str | None:
        node = self.progress.nodes.get(event.node or "")
        if node is None:
            return None
        if event.type in {EventType.DECISION_ANSWERED, EventType.NODE_RETRIED}:
            return node.note
        if event.type is EventType.NODE_BLOCKED and not node.note:
            return None  # further down from the failure
        if event.type is EventType.NODE_WAITING and self.progress.run:
            # A log is read far from where the run stands: it has to say what to type.
            return f"waiting: {node.note} (mflow approve {self.progress.run} {quoted(node.id)})"
        word = "declared" if node.declared else WORDS[node.look]
        took = f" {duration(node.seconds)}" if node.seconds and node.seconds >= 0.05 else ""
        note = f": {node.note}" if node.note else ""
        hint = f" (hint: {node.hint})" if node.hint else ""
        return f"{word}{took}{note}{hint}"


class Lines:
    """Writes the lines as the events come; a thread adds what is still running when nothing has come for a while."""

    def __init__(
        self,
        progress: RunProgress,
        output: TextIO,
        clock: Callable[[], float],
        *,
        verbose: bool = False,
        remind: float = REMIND,
    ) -> None:
        self._lines = EventLines(progress, verbose=verbose)
        self._output = output
        self._clock = clock
        self._remind = remind
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_reminding, name="reminder", daemon=True)

    def start(self) -> None:
        """Begin to remind."""
        self._thread.start()

    def event(self, event: Event) -> None:
        """Write what an event is worth."""
        with self._lock:
            self._write(self._lines.of(event))

    def notice(self, message: str) -> None:
        """Write something that is no event."""
        with self._lock:
            self._write([one_line(message)])

    def interject(self, message: str) -> None:
        """Write something for whoever sits at the terminal. It takes no lock, since a signal handler may call it."""
        sys.stderr.write(f"{one_line(message)}\n")

    def stop(self) -> None:
        """No more reminders."""
        self._ended.set()
        self._thread.join()

    def _keep_reminding(self) -> None:
        while not self._ended.wait(self._remind):
            with self._lock:
                self._write(self._lines.reminder(self._clock()))

    def _write(self, lines: Iterable[str]) -> None:
        # Whoever read this may be gone (`mflow run … | head`); the run goes on.
        with suppress(BrokenPipeError):
            self._output.write("".join(f"{line}\n" for line in lines))
            self._output.flush()


def _resource(event: Event, verbose: bool) -> str | None:
    data = event.data
    state, action = str(data.get("state")), str(data.get("action"))
    address = data.get("address")
    if state == "failed":
        return f"{address} failed: {data.get('message') or ''}"
    if action == "read" and not verbose:
        return None
    if state == "complete":
        seconds = data.get("seconds")
        took = f" {duration(seconds)}" if isinstance(seconds, int | float) and seconds >= 1 else ""
        return f"{address} {_DONE.get(action, action)}{took}"
    return f"{address} {_DOING.get(action, action) if state == 'started' else 'planned'}" if verbose else None


def _still(node: NodeProgress, now: float) -> str:
    if node.look is Look.WAITING:
        return f"still waiting {duration(_since(node.began, now))}: {node.note}"
    working = node.working
    if working:
        names = ", ".join(f"{resource.name} {duration(_since(resource.began, now))}" for resource in working[:3])
        more = f" and {counted(len(working) - 3, 'more resource')}" if len(working) > 3 else ""
        return f"still {_DOING.get(working[0].action, 'working on')} {names}{more}"
    return f"still running {duration(_since(node.began, now))}"


def _since(began: float | None, now: float) -> float:
    return max(0.0, now - began) if began is not None else 0.0
