"""Notes, in a component's folder, which Terraform command works there, so that one that was killed can be told of.

A note is written when a command has started, its time is renewed while somebody listens to it, and it is removed when
the command's end was seen. A note that is found later is of a command that died together with mflow, or that mflow did
not live to see the end of: its lock may still stand, and what it created may be missing from the state.
"""

from __future__ import annotations

import json
import os
import pwd
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mermaid_flow.terraform.lock import is_alive

SIGN_OF_LIFE = 1.0
"""Seconds between two signs of life of a command."""
_LATE = 4 * SIGN_OF_LIFE
"""How late a sign of life may be on a busy machine."""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A command that has ended unseen. `began` and `alive`, its last sign of life, are seconds since the epoch.

    What it printed stands in `log` from `offset` on. `who` is its user and machine as Terraform writes them.
    """

    note: Path
    who: str
    began: float
    alive: float
    log: Path | None
    offset: int

    def took_at(self, moment: float) -> bool:
        """Whether it was running at that moment."""
        return self.began <= moment <= self.alive + _LATE


class RunningCommands:
    """The notes of one component. Its lock is held whenever they are read or written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def noted(self, pid: int, began: float, log: Path | None = None, offset: int = 0) -> Iterator[Callable[[], None]]:
        """Keep a note of the process while it runs. Yields what renews the sign of life, to be called at any rate."""
        note = self._folder / f"running-{pid}.json"
        kept = {
            "who": signature(),
            "pid": pid,
            "born": _birth(pid),
            "began": began,
            "log": str(log or ""),
            "offset": offset,
        }
        _write(note, json.dumps(kept))
        renewed = time.monotonic()

        def renew() -> None:
            nonlocal renewed
            if (now := time.monotonic()) - renewed >= SIGN_OF_LIFE:
                os.utime(note)
                renewed = now

        try:
            yield renew
        finally:
            note.unlink(missing_ok=True)

    def abandoned(self) -> list[Abandoned]:
        """The commands that have ended unseen, as far as can be told here. Notes that cannot be read tell nothing."""
        found = []
        for note in sorted(self._folder.glob("running-*.json")):
            try:
                kept = json.loads(note.read_text(encoding="utf-8"))
                if _lives(int(kept["pid"]), str(kept["born"])):
                    continue
                log = Path(kept["log"]) if kept["log"] else None
                alive = note.stat().st_mtime
                found.append(Abandoned(note, str(kept["who"]), float(kept["began"]), alive, log, int(kept["offset"])))
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return found

    def forget(self) -> None:
        """Drop the notes of commands that have ended unseen: what they left behind is seen to."""
        for command in self.abandoned():
            command.note.unlink()


def signature() -> str:
    """This user on this machine, as Terraform signs its locks."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container without an entry for it
        user = os.environ.get("USER", "")
    return f"{user}@{socket.gethostname()}"


def _write(note: Path, text: str) -> None:
    with note.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # the machine may be what dies


def _birth(pid: int) -> str:
    """What tells a process from a later one of the same number; empty when it is dead, or the system does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        state, *fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    except OSError:
        return ""
    return "" if state == "Z" else f"{boot} {fields[18]}"


def _lives(pid: int, born: str) -> bool:
    return _birth(pid) == born if born else is_alive(pid)
