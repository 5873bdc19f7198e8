"""The Postgres database that runs on many machines share: how to reach it, and the tables that are mflow's own.

DBOS keeps its queues in the schema `dbos` of the same database. Passwords never get into a message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from mermaid_flow.errors import MflowError, RunFailed

try:
    import psycopg
except ImportError as error:
    raise MflowError(
        "runs on many machines need the extra `dbos`",
        code="database.extra",
        hint='install it with `pip install "mermaid-flow[dbos]"`',
    ) from error

_SCHEMES = ("postgres", "postgresql")
_MASK = "***"
_OLDEST_SERVER = 140000
_TABLES = """
CREATE SCHEMA IF NOT EXISTS mflow;
CREATE TABLE IF NOT EXISTS mflow.runs (
    id text PRIMARY KEY, created double precision NOT NULL, metadata text NOT NULL, diagram text NOT NULL,
    inputs text NOT NULL, home text);
CREATE TABLE IF NOT EXISTS mflow.events (
    run text NOT NULL REFERENCES mflow.runs ON DELETE CASCADE, seq integer NOT NULL, type text NOT NULL,
    line text NOT NULL, PRIMARY KEY (run, seq));
CREATE INDEX IF NOT EXISTS events_lifecycle ON mflow.events (run, seq) WHERE type IN ('run_started', 'run_finished');
CREATE TABLE IF NOT EXISTS mflow.workers (
    id text PRIMARY KEY, host text NOT NULL, project text NOT NULL, deposed boolean NOT NULL DEFAULT false);
CREATE TABLE IF NOT EXISTS mflow.stops (visit text PRIMARY KEY);
CREATE TABLE IF NOT EXISTS mflow.interruptions (visit text PRIMARY KEY);
"""


class DatabaseLost(RunFailed):
    """The connection broke, or the server ended the session: whoever held a lock there holds it no more."""


@dataclass(frozen=True)
class Database:
    """A Postgres database by its URL, `postgres://user:password@host:port/name`.

    Raises MflowError for anything else.
    """

    url: str = field(repr=False)

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in _SCHEMES:
            raise MflowError(
                f"{self.shown!r} is no URL of a Postgres database",
                code="database.url",
                hint="write postgres://user@host:5432/name; the password can stay in PGPASSWORD or ~/.pgpass",
            )

    @property
    def shown(self) -> str:
        """The URL without its password, for people."""
        return self.hide(self.url)

    def hide(self, text: str) -> str:
        """The text with the URL's password masked, however it is written."""
        parts = urlsplit(self.url)
        found = [parts.password or "", *(value for key, value in parse_qsl(parts.query) if key == "password")]
        for secret in {form for word in found if word for form in (word, unquote(word), quote(unquote(word), safe=""))}:
            text = text.replace(secret, _MASK)
        return text

    @property
    def for_dbos(self) -> str:
        """The URL as DBOS wants it."""
        return "postgresql" + self.url[len(urlsplit(self.url).scheme) :]

    def connect(self, *, lease: float | None = None) -> psycopg.Connection:
        """A connection in autocommit mode. With `lease`, the server ends it after so many idle seconds.

        Raises DatabaseLost when the server cannot be reached.
        """
        try:
            connection = psycopg.connect(self.url, autocommit=True, application_name="mflow", connect_timeout=10)
            if lease is not None:
                milliseconds = round(lease * 1000)
                connection.execute(
                    f"SET idle_session_timeout = {milliseconds}; "
                    f"SET idle_in_transaction_session_timeout = {milliseconds}"
                )
        except psycopg.Error as error:
            raise self.lost(error) from error
        return connection

    def lost(self, error: Exception) -> DatabaseLost:
        """What to raise for an error of the database."""
        return DatabaseLost(
            f"the database {self.shown} does not answer: {self.hide(str(error)).strip()}",
            code="database.lost",
            hint="check that it runs and that this machine may reach it; a run goes on when it is back",
        )

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection]:
        """A connection for a few statements. Raises DatabaseLost when one of them fails."""
        connection = self.connect()
        try:
            yield connection
        except psycopg.Error as error:
            raise self.lost(error) from error
        finally:
            connection.close()

    @contextmanager
    def through_dbos(self) -> Iterator[None]:
        """What DBOS does with the database. Raises DatabaseLost when the server does not answer it."""
        try:
            yield
        except Exception as error:
            if isinstance(error.__cause__, psycopg.Error):
                raise self.lost(error.__cause__) from error
            raise

    def prepare(self) -> None:
        """Create the tables of mflow and of DBOS unless they are there. Raises MflowError for too old a server."""
        with self.session() as connection:
            if connection.info.server_version < _OLDEST_SERVER:
                raise MflowError(f"{self.shown} is older than Postgres 14", code="database.version")
            row = connection.execute(
                "SELECT to_regclass('mflow.interruptions') IS NOT NULL, to_regclass('dbos.workflow_status') IS NOT NULL"
            ).fetchone()
            ours, theirs = row or (False, False)
            if ours and theirs:
                return
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key("schema")])
                connection.execute(_TABLES)
            if not theirs:
                from dbos import run_dbos_database_migrations  # noqa: PLC0415 - heavy, and only needed once

                run_dbos_database_migrations(self.for_dbos)


def lock_key(name: str) -> int:
    """The number of the advisory lock with this name."""
    return int.from_bytes(hashlib.sha256(f"mflow {name}".encode()).digest()[:8], signed=True)
