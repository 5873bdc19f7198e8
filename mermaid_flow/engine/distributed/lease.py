"""How workers know of each other's death: each holds an advisory lock in a session of its own.

The server frees the lock when the process dies, when the machine is gone, and when the process has been silent for as
long as the lease lasts (frozen, or cut off): it ends idle sessions then. Whoever gets a worker's lock deposes it and
queues its work again. A worker whose session broke goes on only if it gets its lock back before it was deposed.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg

from mermaid_flow.engine.distributed.database import Database, DatabaseLost, lock_key
from mermaid_flow.errors import MflowError, RunFailed

_RETRY = 0.2


class LeaseLost(RunFailed):
    """Another worker has deposed this one, or may have: it has to stop whatever it does."""


@dataclass(frozen=True, slots=True)
class Left:
    """A workflow that a dead worker left behind."""

    workflow: str
    queue: str


@dataclass
class Lease:
    """The lease of one worker. One owner calls it, more often than every third of `seconds`."""

    database: Database
    project: Path
    seconds: float
    worker: str = field(default_factory=lambda: uuid4().hex)
    _connection: psycopg.Connection | None = None
    _silent: set[str] = field(default_factory=set)
    """Workers whose lock was free the last time: they may be about to take it again."""

    def take(self) -> None:
        """Begin the lease. Raises DatabaseLost."""
        self._connection = self.database.connect(lease=self.seconds)
        try:
            self._connection.execute("SELECT pg_advisory_lock(%s)", [_key(self.worker)])
            self._connection.execute(
                "INSERT INTO mflow.workers (id, host, project) VALUES (%s, %s, %s)",
                [self.worker, socket.gethostname(), str(self.project)],
            )
        except psycopg.Error as error:
            raise self.database.lost(error) from error

    def renew(self, visits: Sequence[str]) -> list[str]:
        """Show that this worker is alive; returns which of its visits are to stop. Raises LeaseLost."""
        give_up = time.monotonic() + self.seconds
        while True:
            try:
                connection = self._connected()
                found = connection.execute("SELECT visit FROM mflow.stops WHERE visit = ANY(%s)", [list(visits)])
                return [str(visit) for (visit,) in found]
            except (DatabaseLost, psycopg.Error) as error:
                self._connection = None
                if time.monotonic() > give_up:
                    raise LeaseLost("the database was away for longer than the lease", code="worker.lease") from error
                threading.Event().wait(_RETRY)

    def depose_dead(self) -> list[Left]:
        """Depose workers that were silent twice in a row; returns what they have left behind. Raises psycopg.Error."""
        connection = self._connected()
        owners = connection.execute(
            "SELECT DISTINCT executor_id FROM dbos.workflow_status"
            " WHERE status = 'PENDING' AND executor_id <> %s AND application_name = 'mflow'",
            [self.worker],
        ).fetchall()
        left: list[Left] = []
        silent: set[str] = set()
        for (owner,) in owners:
            if not _try(connection, owner):
                continue
            try:
                if owner in self._silent:
                    left += _depose(connection, owner)
                else:
                    silent.add(owner)
            finally:
                connection.execute("SELECT pg_advisory_unlock(%s)", [_key(owner)])
        self._silent = silent
        return left

    def release(self) -> None:
        """End the lease; others take over what is left."""
        if self._connection is not None:
            self._connection.close()

    def _connected(self) -> psycopg.Connection:
        """The session, or a new one when it has broken and nobody has deposed this worker meanwhile."""
        if self._connection is None or self._connection.closed:
            connection = self.database.connect(lease=self.seconds)
            if not _try(connection, self.worker):
                connection.close()
                raise LeaseLost("another worker is taking this one's work over", code="worker.lease")
            row = connection.execute("SELECT deposed FROM mflow.workers WHERE id = %s", [self.worker]).fetchone()
            if row is None or row[0]:
                connection.close()
                raise LeaseLost("another worker has taken this one's work over", code="worker.lease")
            self._connection = connection
        return self._connection


def check_shared(database: Database, state: Path, project: Path) -> int:
    """Check that all workers that are alive work in this same folder, and return how many there are.

    Each worker leaves a mark in the folder `state`. Raises MflowError for the first one whose mark is not there.
    """
    with database.session() as connection:
        rows = connection.execute("SELECT id, host, project FROM mflow.workers WHERE NOT deposed").fetchall()
        alive = []
        for worker, host, folder in rows:
            if _try(connection, worker):
                connection.execute("SELECT pg_advisory_unlock(%s)", [_key(worker)])
            else:
                alive.append((worker, host, folder))
    for worker, host, folder in alive:
        if folder != str(project) or not (state / "workers" / worker).exists():
            raise MflowError(
                f"the worker on {host} works in {folder}, which is not the folder {project} of this machine",
                code="worker.folder",
                hint="put the project on a folder that all machines share, under the same path",
            )
    return len(alive)


def _key(worker: str) -> int:
    return lock_key(f"worker {worker}")


def _try(connection: psycopg.Connection, worker: str) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [_key(worker)]).fetchone()
    return bool(row and row[0])


def _depose(connection: psycopg.Connection, worker: str) -> list[Left]:
    """Mark the worker so that it stops when it comes back, and note the visits that were in flight."""
    with connection.transaction():
        connection.execute("UPDATE mflow.workers SET deposed = true WHERE id = %s", [worker])
        rows = connection.execute(
            "SELECT workflow_uuid, queue_name FROM dbos.workflow_status WHERE status = 'PENDING' AND executor_id = %s",
            [worker],
        ).fetchall()
        connection.execute(
            "INSERT INTO mflow.interruptions SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
            [[workflow for workflow, _ in rows]],
        )
    return [Left(workflow, queue) for workflow, queue in rows]
