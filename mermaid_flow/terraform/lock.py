"""One run at a time works on a component.

The lock is an flock on a file beside the components. Terraform's processes inherit the descriptor, so that the
component stays locked while terraform is still finishing after mflow itself was killed.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from mermaid_flow.terraform.errors import ComponentBusy


class ComponentLock:
    """The lock of one component, taken for one run. Not reentrant; `release` may be called without `acquire`."""

    def __init__(self, path: Path, component: str, run: str) -> None:
        self._path = path
        self._component = component
        self._run = run
        self._descriptor: int | None = None

    @property
    def descriptor(self) -> int | None:
        """The open file that holds the lock, to be inherited by children; None while it is not held."""
        return self._descriptor

    def acquire(self) -> None:
        """Take the lock if this object does not hold it yet. Raises ComponentBusy that says who has it."""
        if self._descriptor is not None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise self._busy() from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"run": self._run, "pid": os.getpid()}).encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _busy(self) -> ComponentBusy:
        try:
            holder = json.loads(self._path.read_text(encoding="utf-8"))
            run, pid = str(holder["run"]), int(holder["pid"])
        except (OSError, ValueError, TypeError, KeyError):
            who = "another run"  # it has only just taken the lock
        else:
            who = f"run {run} (process {pid})" if is_alive(pid) else f"terraform, left behind by run {run}, which died"
        return ComponentBusy(
            f"the component {self._component} is being worked on by {who}",
            code="terraform.busy",
            hint="wait until it has ended, or cancel that run",
        )


def is_alive(pid: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # someone else's
    return True
