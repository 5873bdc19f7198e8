"""The journal: an append-only file of events, one a line, that survives kills and a full disk.

It is the only durable memory of a run, so every state change is in it before the engine acts on it. Several
processes may append (an approval comes from another terminal): each append happens under the file's lock and after a
look at what the others wrote. A last line that a crash cut short is dropped.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.errors import MflowError, RunFailed

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Journal(Protocol):
    """What an executor needs of a journal: `FileJournal` here, tables of a database in the distributed backend."""

    def append(self, events: Sequence[Event]) -> Sequence[Event]:
        """Number, date and store the events durably, all or none.

        Returns what this object has not returned yet, in journal order: events that others wrote meanwhile, then these.
        """

    def read(self) -> Sequence[Event]:
        """The events that this object has not returned yet: all of them at first, later what others wrote."""

    def exclusive(self) -> AbstractContextManager[None]:
        """While it is held nobody else appends: for a decision that depends on what was read."""


class OpenJournal(Journal, Protocol):
    """A journal that is open: close it, or use it as a context manager."""

    def __enter__(self) -> OpenJournal: ...

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None:
        """Let go of it; what was appended is durable already."""


class FileJournal:
    """A journal in a file. Thread-safe; close it, or use it as a context manager.

    `clock` gives the wall-clock time of events. `readonly` is for those who only look: nothing is created or mended.
    Raises MflowError when the file cannot be opened or is damaged, and `RunFailed` when it cannot be written.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time, readonly: bool = False) -> None:
        self._path = path
        self._clock = clock
        self._lock_kind = fcntl.LOCK_SH if readonly else fcntl.LOCK_EX
        self._mutex = threading.RLock()
        self._depth = 0
        self._end = 0
        self._seq = 0
        try:
            mode = os.O_RDONLY if readonly else os.O_RDWR | os.O_CREAT | os.O_APPEND
            self._file = os.open(path, mode | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise MflowError(f"cannot open {path}: {error.strerror}", code="journal.unreadable") from error

    def __enter__(self) -> FileJournal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was appended is already on the disk."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._mutex:
            if self._depth == 0:
                fcntl.flock(self._file, self._lock_kind)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    fcntl.flock(self._file, fcntl.LOCK_UN)

    def append(self, events: Sequence[Event]) -> Sequence[Event]:
        with self.exclusive():
            foreign = self._read_new(mend=True)
            at = round(self._clock(), 3)
            own = [replace(event, seq=self._seq + number, at=at) for number, event in enumerate(events, 1)]
            payload = b"".join(encode(event) for event in own)
            self._write(payload)
            self._end += len(payload)
            self._seq += len(own)
            return [*foreign, *own]

    def read(self) -> Sequence[Event]:
        with self._mutex:
            if os.fstat(self._file).st_size == self._end:
                return []
            with self.exclusive():
                return self._read_new(mend=False)

    def _read_new(self, *, mend: bool) -> list[Event]:
        """Read from the known end on. `mend` cuts off a torn last line: under the lock nobody is still writing it."""
        size = os.fstat(self._file).st_size
        data = os.pread(self._file, size - self._end, self._end) if size > self._end else b""
        lines = data.split(b"\n")
        torn = lines.pop()
        events: list[Event] = []
        for number, line in enumerate(lines):
            event = decode(line)
            if event is None and number == len(lines) - 1 and not torn:
                torn = line + b"\n"
                break
            if event is None or event.seq != self._seq + 1:
                raise MflowError(
                    f"{self._path} is damaged after event {self._seq}",
                    code="journal.damaged",
                    hint="start a new run; `mflow run --from-run` reuses what can still be read",
                )
            self._seq = event.seq
            events.append(event)
        self._end += len(data) - len(torn)
        if mend and torn:
            os.ftruncate(self._file, self._end)
        return events

    def _write(self, payload: bytes) -> None:
        try:
            rest = memoryview(payload)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            _synchronize(self._file)
        except OSError as error:
            with suppress(OSError):  # What stays is dropped as a torn line or read as an event: both are right.
                os.ftruncate(self._file, self._end)
            raise _unwritable(self._path, error) from error


def encode(event: Event) -> bytes:
    """The event as one line. Raises MflowError when its data is not JSON."""
    line: dict[str, object] = {"seq": event.seq, "at": event.at, "type": event.type.value}
    if event.node is not None:
        line["node"] = event.node
        line["visit"] = event.visit
    if event.data:
        line["data"] = event.data
    try:
        return _ENCODER.encode(line).encode() + b"\n"
    except UnicodeEncodeError:  # lone surrogates, from file names for instance: only escapes can carry them
        return json.dumps(line, default=_plain).encode() + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise MflowError(
            f"the data of {event.type.value} is not JSON: {error}",
            code="journal.not_json",
            hint="return plain values only: None, bool, int, float, str, lists and mappings with string keys",
        ) from error


def decode(line: bytes) -> Event | None:
    """The event of one line, or None when the line is not one."""
    try:
        fields = json.loads(line)
        return Event(
            type=_TYPES[fields["type"]],
            node=fields.get("node"),
            visit=fields.get("visit", 1),
            data=fields.get("data") or {},
            seq=fields["seq"],
            at=fields["at"],
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not a JSON type")


def _unwritable(path: Path, error: OSError) -> RunFailed:
    if error.errno in FULL:
        hint = f"make room on the disk of {path.parent}, then continue with `mflow resume {path.parent.name}`"
    else:
        hint = f"check the disk of {path.parent}, then continue with `mflow resume {path.parent.name}`"
    return RunFailed(f"cannot write {path}: {error.strerror}", code="journal.unwritable", hint=hint)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)
_TYPES = {kind.value: kind for kind in EventType}
_synchronize = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync
