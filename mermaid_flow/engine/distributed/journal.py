"""The journal of a run in Postgres: the same events as in a file, one a row, appended by any process.

Appends happen under an advisory lock of the transaction. A run's owner appends through the very session that holds
the lock of the run, so that an owner who lost it cannot write any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

import psycopg
from psycopg.sql import SQL, Literal

from mermaid_flow.engine.distributed.database import Database, lock_key
from mermaid_flow.engine.events import Event
from mermaid_flow.engine.journal import decode, encode
from mermaid_flow.errors import MflowError


class DatabaseJournal:
    """Implements `mermaid_flow.engine.journal.OpenJournal`. Thread-safe.

    Works through `connection` when one is given, which stays open, else through one of its own.
    Raises `DatabaseLost` when the database cannot be reached or has ended the session.
    """

    def __init__(
        self,
        database: Database,
        run: str,
        *,
        clock: Callable[[], float] = time.time,
        connection: psycopg.Connection | None = None,
    ) -> None:
        self._database = database
        self._run = run
        self._clock = clock
        self._own = connection is None
        self._connection = connection or database.connect()
        self._mutex = threading.RLock()
        self._depth = 0
        self._seq = 0
        """The last event that was returned."""
        self._last: int | None = None
        """The last event there is; known while nobody else can append."""
        # One round trip: the third statement sees what was committed before the lock was granted.
        self._opening = SQL(
            "BEGIN; SELECT pg_advisory_xact_lock({}); SELECT coalesce(max(seq), 0) FROM mflow.events WHERE run = {}"
        ).format(Literal(lock_key(f"journal {run}")), Literal(run))

    def __enter__(self) -> DatabaseJournal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection unless it is someone else's."""
        if self._own:
            self._connection.close()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._mutex:
            known = self._seq
            if self._depth == 0:
                self._begin()
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._execute("COMMIT")
            except BaseException:
                self._seq = known
                if self._depth == 1:
                    self._roll_back()
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._last = None

    def append(self, events: Sequence[Event]) -> Sequence[Event]:
        with self.exclusive():
            foreign = self.read()
            at = round(self._clock(), 3)
            own = [replace(event, seq=self._seq + number, at=at) for number, event in enumerate(events, 1)]
            self._execute(
                "INSERT INTO mflow.events (run, seq, type, line)"
                " SELECT %s, * FROM unnest(%s::int[], %s::text[], %s::text[])",
                self._run,
                [event.seq for event in own],
                [event.type.value for event in own],
                [encode(event).decode() for event in own],
            )
            self._seq += len(own)
            self._last = self._seq
            return [*foreign, *own]

    def read(self) -> Sequence[Event]:
        with self._mutex:
            if self._last is not None and self._last == self._seq:
                return []
            rows = self._execute(
                "SELECT line FROM mflow.events WHERE run = %s AND seq > %s ORDER BY seq", self._run, self._seq
            ).fetchall()
            events = [event for (line,) in rows if (event := decode(str(line).encode())) is not None]
            if len(events) != len(rows) or any(event.seq != self._seq + n for n, event in enumerate(events, 1)):
                raise MflowError(f"the record of run {self._run} is damaged", code="journal.damaged")
            self._seq += len(events)
            return events

    def _begin(self) -> None:
        try:
            cursor = self._connection.execute(self._opening)
            while cursor.nextset():
                pass
            row = cursor.fetchone()
        except psycopg.Error as error:
            self._roll_back()
            raise self._database.lost(error) from error
        self._last = int(row[0]) if row else 0

    def _roll_back(self) -> None:
        with suppress(psycopg.Error):  # a broken connection has rolled back already
            self._connection.execute("ROLLBACK")

    def _execute(self, statement: str, *parameters: object) -> psycopg.Cursor:
        try:
            return self._connection.execute(statement.encode(), parameters or None)
        except psycopg.Error as error:
            raise self._database.lost(error) from error
