"""A private Postgres server for tests: from the machine's own binaries, never as root, gone afterwards."""

from __future__ import annotations

import logging
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Server:
    """A running server, reached through a socket in its folder."""

    folder: Path
    binaries: Path

    @property
    def admin_url(self) -> str:
        return self.url("postgres")

    def url(self, database: str) -> str:
        return f"postgres://mflow:{PASSWORD}@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template1") -> str:
        """Make a database, a copy of `template`, and return its URL."""
        import psycopg

        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"'.encode())
        return self.url(database)

    def restart(self) -> None:
        self._control("restart", "-m", "immediate")

    def start(self) -> None:
        self._control("start")

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def _control(self, *arguments: str) -> None:
        options = f"-k {self.folder} -c listen_addresses= -c max_connections=200 -c shared_buffers=32MB"
        command = [self.binaries / "pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o", options]
        _as_nobody([*map(str, command), *arguments])


PASSWORD = "geheim-123"


def find_binaries() -> Path | None:
    """The folder with `initdb`, or None where there is no Postgres."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


@contextmanager
def private_server() -> Iterator[Server]:
    """A server of one's own. Skips the test where there is none to be had."""
    pytest.importorskip("dbos", reason="the extra dbos is not installed")
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no Postgres on this machine (apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="mflow-pg-", dir="/tmp"))
    try:
        if os.getuid() == 0:
            os.chown(folder, *_unprivileged())
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        _as_nobody(
            [
                str(binaries / "initdb"),
                *("-D", str(folder / "data"), "-U", "mflow", "-E", "UTF8", "--locale=C", "-N"),
                *("-A", "scram-sha-256", "--pwfile", str(secret)),
            ]
        )
        server = Server(folder, binaries)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end_dbos() -> None:
    """End DBOS in this process, so that a later test can begin anew with an output of its own."""
    from dbos import DBOS

    DBOS.destroy()
    logging.getLogger("dbos").handlers.clear()


def _unprivileged() -> tuple[int, int]:
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return entry.pw_uid, entry.pw_gid


def _as_nobody(command: list[str]) -> None:
    """Run a command that refuses to be run by root."""
    who: dict[str, object] = {}
    if os.getuid() == 0:
        user, group = _unprivileged()
        who = {"user": user, "group": group, "extra_groups": []}
    done = subprocess.run(command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **who)  # type: ignore[call-overload]  # the keywords are right
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout.decode()}")
