"""The lock that a backend holds on a state: whose it is, and whether it was left behind by a command of ours.

Terraform does not say by what id it locks, but signs every lock with user, machine and time. A lock of this user on
this machine that was taken while a command of ours was at work on this very state, and that command is dead: nobody
else can have taken it then, since ours would have been refused and would have ended before our eyes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mermaid_flow.terraform.running import Abandoned, signature

_INFO = re.compile(
    r"Lock Info:\s+ID: +(?P<id>\w[\w-]*)\s+Path: *(?P<path>.*)\n\s*Operation: .*\n\s*Who: *(?P<who>.*)\n"
    r"\s*Version: .*\n\s*Created: *(?P<date>[\d-]+ [\d:]+)(?P<fraction>\.\d+)? \+0000 UTC"
)


@dataclass(frozen=True, slots=True)
class StateLock:
    """A lock on a state. `created` is seconds since the epoch, by the clock of the machine in `who`."""

    id: str
    path: str
    who: str
    created: float

    @property
    def since(self) -> str:
        """When it was taken, for people."""
        return datetime.fromtimestamp(self.created, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def lock_in(message: str) -> StateLock | None:
    """The lock that an error of Terraform tells of; None when it is about something else."""
    found = _INFO.search(message)
    if found is None:
        return None
    taken = datetime.strptime(found["date"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    created = taken.timestamp() + float(f"0{found['fraction'] or ''}")
    return StateLock(found["id"], found["path"].strip(), found["who"].strip(), created)


def was_ours(lock: StateLock, abandoned: Iterable[Abandoned]) -> bool:
    """Whether one of our commands that died took the lock. Of what ran on another machine nobody here can tell."""
    here = lock.who == signature()
    return here and any(command.who == lock.who and command.took_at(lock.created) for command in abandoned)


def lock_hint(message: str, folder: Path) -> str:
    """What to do about the lock that an error tells of; empty when it is about something else."""
    lock = lock_in(message)
    if lock is None:
        return ""
    return (
        f"{lock.who or 'somebody'} has had it since {lock.since}: wait until that has ended, or make sure that it is"
        f" dead and run `terraform force-unlock {lock.id}` in {folder}"
    )
