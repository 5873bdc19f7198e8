"""Runs terraform or tofu as a child process, in a way that never costs it its state.

The child leads a session of its own, so that a Ctrl-C at the terminal reaches it only through `interrupt`. It writes to
a file, not to a pipe: should mflow itself be killed, terraform goes on to the end and saves its state instead of dying
of a broken pipe. It is interrupted, never killed; a second interrupt, which makes terraform give up at once, is sent
only when asked for.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.context import Cancelled
from mermaid_flow.terraform.lock import ComponentLock
from mermaid_flow.terraform.running import SIGN_OF_LIFE, RunningCommands

_POLL_SECONDS = 0.05
_FOREIGN = ("TF_VAR_", "TF_CLI_ARGS", "TF_WORKSPACE", "TF_DATA_DIR", "TF_INPUT")
"""Variables of the user's shell that would change what the generated commands mean."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended: exit code and what it printed."""

    code: int
    output: str
    errors: str


class TerraformProcess:
    """Terraform in one folder. One command at a time; `interrupt` may come from any thread.

    `environment` is asked before each command for the whole environment; settings that would change what the generated
    commands mean are left out of it. `log` receives everything that streamed commands print. `lock` is the component's:
    the child holds on to it, so that it outlives mflow as long as terraform works. After `timeout` seconds a streamed
    command is interrupted; it still ends in its own time. `running` has a note of every command until its end is seen.
    """

    def __init__(
        self,
        binary: Path,
        folder: Path,
        log: Path,
        environment: Callable[[], Mapping[str, str]],
        lock: ComponentLock | None = None,
        timeout: float | None = None,
    ) -> None:
        self._binary = binary
        self._folder = folder
        self._log = log
        self._environment = environment
        self._lock = lock
        self._timeout = timeout
        self._guard = threading.Lock()
        self.running = RunningCommands(folder)
        self._running: subprocess.Popen[bytes] | None = None
        self._interrupted = False

    def interrupt(self, *, again: bool = False) -> None:
        """Ask the running command to stop cleanly, and start no further one.

        The first call sends one SIGINT; further calls do nothing, unless `again` is true: a second SIGINT makes
        terraform exit at once, and what was being created may be missing from its state.
        """
        with self._guard:
            if self._running is not None and (again or not self._interrupted):
                self._running.send_signal(signal.SIGINT)
            self._interrupted = True

    def stream(self, arguments: Sequence[str], on_line: Callable[[str], None]) -> int:
        """Run a command, hand on every line that it prints as it comes, and return the exit code.

        Raises Cancelled after `interrupt`, MflowError when the command took longer than the timeout (code
        `terraform.timeout`) and when it cannot be started.
        """
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log, self._log.open("rb") as reader:
            offset = reader.seek(0, os.SEEK_END)
            began = time.time()
            with (
                self._started(arguments, log, subprocess.STDOUT) as process,
                self.running.noted(process.pid, began, self._log, offset) as renew,
                _Timeout(process, self._timeout) as clock,
            ):
                code = _follow(process, reader, on_line, renew)
        if clock.expired and code != 0:
            raise MflowError(
                f"terraform {arguments[0]} was interrupted after {self._timeout:g} seconds", code="terraform.timeout"
            )
        return self._ended(code)

    def capture(self, arguments: Sequence[str]) -> Finished:
        """Run a command and return what it printed, which may hold secrets and is not logged. Raises as `stream`."""
        began = time.time()
        with (
            self._started(arguments, subprocess.PIPE, subprocess.PIPE) as process,
            self.running.noted(process.pid, began) as renew,
        ):
            output, errors = _communicate(process, renew)
        return Finished(
            self._ended(process.returncode), output.decode(errors="replace"), errors.decode(errors="replace")
        )

    @contextmanager
    def _started(
        self, arguments: Sequence[str], output: IO[bytes] | int, errors: int
    ) -> Iterator[subprocess.Popen[bytes]]:
        """The running command. Leaving the context waits for its end, whatever happened meanwhile."""
        environment = child_environment(self._environment())
        held = self._lock.descriptor if self._lock is not None else None
        with self._guard:
            if self._interrupted:
                raise _cancelled()
            try:
                process = subprocess.Popen(
                    [str(self._binary), *arguments],
                    cwd=self._folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    start_new_session=True,
                    pass_fds=() if held is None else (held,),
                )
            except OSError as error:
                raise MflowError(
                    f"cannot start {self._binary}: {error.strerror}",
                    code="terraform.missing",
                    hint="`mflow toolchain install` fetches a Terraform that works",
                ) from error
            self._running = process
        try:
            with process:
                yield process
        finally:
            with self._guard:
                self._running = None

    def _ended(self, code: int) -> int:
        if self._interrupted and code != 0:
            raise _cancelled()
        return code


def child_environment(whole: Mapping[str, str]) -> dict[str, str]:
    """The environment for a Terraform command: made quiet and unattended, without settings that would interfere."""
    kept = {name: value for name, value in whole.items() if not name.startswith(_FOREIGN)}
    return kept | {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}


def _cancelled() -> Cancelled:
    return Cancelled("terraform was interrupted; what it had done is in its state", code="cancelled")


class _Timeout:
    """Sends one interrupt to a process when it takes longer than `seconds`; None means never."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float | None) -> None:
        self.expired = False
        self._process = process
        self._timer = threading.Timer(seconds, self._expire) if seconds is not None else None

    def _expire(self) -> None:
        self.expired = True
        self._process.send_signal(signal.SIGINT)

    def __enter__(self) -> _Timeout:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _communicate(process: subprocess.Popen[bytes], renew: Callable[[], None]) -> tuple[bytes, bytes]:
    while True:
        try:
            return process.communicate(timeout=SIGN_OF_LIFE)
        except subprocess.TimeoutExpired:
            renew()


def _follow(
    process: subprocess.Popen[bytes], reader: IO[bytes], on_line: Callable[[str], None], renew: Callable[[], None]
) -> int:
    """Read what the process appends to its log, line by line, until it has ended and everything is read."""
    rest = b""
    code: int | None = None
    while code is None:
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(_POLL_SECONDS)
        *lines, rest = (rest + reader.read()).split(b"\n")
        for line in lines:
            on_line(line.decode(errors="replace"))
        renew()
    if rest:
        on_line(rest.decode(errors="replace"))
    return code
