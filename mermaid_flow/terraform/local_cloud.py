"""The local cloud of a project: finding, starting, stopping and emptying the emulator's process.

The emulator outlives the command that starts it. Everyone who works in the same project folder uses the same one, so
starts are serialised by a lock, and its port stays the same for the life of the project: URLs of queues hold it, and
they are in Terraform's state.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import platform
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

import mermaid_flow
from mermaid_flow.errors import MflowError
from mermaid_flow.terraform.cache import cache_folder, private_folder

HOST = "127.0.0.1"
_ELSEWHERE = "use `--target aws`, or run mflow in a container"
START_SECONDS = 60.0
"""How long an emulator may take to answer: a large snapshot on a busy machine takes a few seconds to load."""
STOP_SECONDS = 60.0
IDLE_EXIT = 3600.0
"""Seconds without a request after which an emulator saves its state and ends; the next command starts it again."""


@dataclass(frozen=True, slots=True)
class CloudStatus:
    """A running local cloud. `uptime` is seconds, `memory` bytes, `resources` counts things by `service.Kind`."""

    pid: int
    port: int
    instance: str
    uptime: float
    memory: int
    resources: Mapping[str, int] = field(default_factory=dict)


class LocalCloud:
    """The emulated AWS of one project folder.

    `idle_exit` is in seconds; None means never. `parent` ends the emulator with that process. With `keep` False
    nothing is saved, so that the cloud is empty after each start.
    """

    def __init__(
        self,
        project: Path,
        *,
        cache: Path | None = None,
        idle_exit: float | None = IDLE_EXIT,
        parent: int | None = None,
        keep: bool = True,
    ) -> None:
        if platform.system() != "Linux":
            raise MflowError(
                f"the local target needs Linux, this is {platform.system()}", code="local.platform", hint=_ELSEWHERE
            )
        self.project = project.resolve()
        self.folder = self.project / ".mflow" / "local"
        self.key = hashlib.sha256(str(self.project).encode()).hexdigest()[:16]
        self.private = (cache or cache_folder()) / "local" / self.key
        self.idle_exit = idle_exit
        self.parent = parent
        self.keep = keep

    @property
    def state_file(self) -> Path:
        """The snapshot. In the user's cache, because loading it runs code: a cloned project must not bring one."""
        return self.private / "state"

    @property
    def log_file(self) -> Path:
        """What the emulator's process writes; the one before is kept as `emulator.previous.log`."""
        return self.folder / "emulator.log"

    @property
    def port(self) -> int | None:
        """The port that this project's cloud was given, or None before the first start."""
        try:
            port = json.loads((self.folder / "port.json").read_text())["port"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return port if isinstance(port, int) and 0 < port < 65536 else None

    @property
    def endpoint(self) -> str:
        """The URL that every AWS service of this cloud is reached at. Raises MflowError before the first start."""
        if self.port is None:
            raise MflowError(
                "the local cloud of this project was never started",
                code="local.stopped",
                hint="run `mflow local start`",
            )
        return f"http://{HOST}:{self.port}"

    def start(self, port: int | None = None) -> CloudStatus:
        """Start the cloud unless it runs, and wait until it answers. `port` moves it to another port.

        Raises MflowError when the port is taken by something else or the process ends at once.
        """
        with self._lock():
            running = self.status()
            if running and port in (None, running.port):
                return running
            if running:
                self._end(running.pid)
            if self.port is None:
                self._forget_former_folder()
            chosen = port or self._usable_port()
            self._launch(chosen)
            status = self.status()
        if status is None:
            raise self._failed("it stopped answering")
        return status

    def status(self) -> CloudStatus | None:
        """The running cloud, or None."""
        answer = self._ask("/mflow/status")
        if answer is None or self.port is None:
            return None
        return CloudStatus(
            pid=int(str(answer["pid"])),
            port=self.port,
            instance=str(answer["instance"]),
            uptime=max(0.0, time.time() - float(str(answer["started"]))),
            memory=int(str(answer["memory"])),
            resources=_counts(answer.get("resources")),
        )

    def instance_id(self) -> str | None:
        """What names this life of the cloud; None when it does not run. Another id means: what was created is gone."""
        answer = self._ask("/mflow/instance")
        return str(answer["instance"]) if answer else None

    def _ask(self, path: str) -> dict[str, object] | None:
        """Ask this project's own process; nobody else on its port is asked, or believed."""
        port = self.port
        answer = ask(port, path) if port and self._process_lives() else None
        return answer if answer and answer.get("project") == self.key else None

    def _process_lives(self) -> bool:
        try:
            process = os.pidfd_open(int((self.private / "pid").read_text()))
        except (OSError, ValueError):
            return False
        try:
            return not _readable(process, 0)
        finally:
            os.close(process)

    def stop(self) -> bool:
        """End the cloud's process; it saves its state first. False when it did not run."""
        with self._lock():
            running = self.status()
            if running:
                self._end(running.pid)
        return running is not None

    def reset(self) -> bool:
        """Stop the cloud and forget everything in it. False when there was nothing to forget."""
        ran = self.stop()
        with self._lock():
            kept = self.state_file.exists()
            self.state_file.unlink(missing_ok=True)
        return ran or kept

    def _forget_former_folder(self) -> None:
        """Start empty where a project's folder was removed and another one now has its path.

        The snapshot and the process are found by the path, and what Terraform knew of them is gone with the folder.
        """
        with suppress(OSError, ValueError):
            pid = int((self.private / "pid").read_text())
            if self.key.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGKILL)  # it would write its snapshot over the new one's
        self.state_file.unlink(missing_ok=True)

    def _lock(self) -> FileLock:
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / "lock")

    def _usable_port(self) -> int:
        """The remembered port if it is free. Nothing depends on it as long as there is no snapshot."""
        remembered = self.port
        if remembered is None:
            return _free_port()
        if not _taken(remembered):
            return remembered
        if not self.state_file.exists():
            return _free_port()
        raise _port_taken(remembered)

    def _launch(self, port: int) -> None:
        if _taken(port):
            raise _port_taken(port)
        private_folder(self.private)
        if self.log_file.exists():
            shutil.move(self.log_file, self.log_file.with_name("emulator.previous.log"))
        read_end, write_end = os.pipe()
        arguments = ["--port", str(port), "--project", self.key, "--ready", str(write_end)]
        arguments += ["--state", str(self.state_file)] if self.keep else []
        arguments += ["--idle-exit", str(self.idle_exit)] if self.idle_exit is not None else []
        arguments += ["--parent", str(self.parent)] if self.parent is not None else []
        with self.log_file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mermaid_flow.terraform.emulator", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(write_end,),
                env=_environment(),
                start_new_session=True,  # a Ctrl-C on the command that needed it does not end it
            )
        os.close(write_end)
        (self.private / "pid").write_text(str(process.pid))
        try:
            # The other end is closed by the process's end, so that a failed start is noticed at once.
            if not _readable(read_end, START_SECONDS):
                raise self._failed(f"it did not answer in {START_SECONDS:.0f} s")
            if not os.read(read_end, 1):
                raise self._failed("its process ended at once")
        finally:
            os.close(read_end)
        (self.folder / "port.json").write_text(json.dumps({"port": port}))

    def _failed(self, reason: str) -> MflowError:
        return MflowError(
            f"the local cloud did not start: {reason}\n{_last_lines(self.log_file)}".rstrip(),
            code="local.start",
            hint=f"its log is {self.log_file}",
        )

    def _end(self, pid: int) -> None:
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            signal.pidfd_send_signal(process, signal.SIGTERM)
            if not _readable(process, STOP_SECONDS):
                raise MflowError(f"the local cloud (process {pid}) does not end", code="local.stop")
        finally:
            os.close(process)


def ask(port: int, path: str) -> dict[str, object] | None:
    """One question to an emulator on a loopback port; None when nobody, or something else, answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return answer if isinstance(answer, dict) and "instance" in answer else None


def _environment() -> dict[str, str]:
    """This process's environment, so that the emulator finds the same package in a checkout that is not installed.

    `-P` keeps the current folder out of its path: a project may well have a folder that is called like a library.
    """
    root = Path(mermaid_flow.__file__).parents[1]
    if root.name in ("site-packages", "dist-packages"):
        return dict(os.environ)
    inherited = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *([inherited] if inherited else [])])}


def _readable(descriptor: int, seconds: float) -> bool:
    """Wait until a pipe can be read or a process (pidfd) has ended. False when the time is over."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _counts(value: object) -> dict[str, int]:
    return {str(key): int(count) for key, count in value.items()} if isinstance(value, dict) else {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def _port_taken(port: int) -> MflowError:
    return MflowError(
        f"port {port} of {HOST}, which the local cloud of this project uses, is taken by another program",
        code="local.port-taken",
        hint="end that program, or move the local cloud: `mflow local start --port PORT`",
    )


def _last_lines(path: Path, count: int = 12) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-count:])
