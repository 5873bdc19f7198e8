"""A run whose record is in Postgres. What visits leave behind is still in a folder, which all workers share."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import psycopg

from mermaid_flow.engine.distributed.database import Database, lock_key
from mermaid_flow.engine.distributed.journal import DatabaseJournal
from mermaid_flow.engine.events import RunStatus
from mermaid_flow.engine.folder import RunFolder, RunMetadata, as_json, digest, new_metadata, read_metadata
from mermaid_flow.engine.history import LATEST, RunSummary, is_wanted, matching_name, no_run, summary_of, to_prune
from mermaid_flow.engine.journal import decode
from mermaid_flow.engine.masking import masked_mapping
from mermaid_flow.engine.recorded_graph import describe
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.graph.sequence import SequenceTree
from mermaid_flow.syntax.source import Source

LEASE = 10.0
"""Seconds after which the server ends the session of a process that has fallen silent, and frees its locks."""
_LOCK_PATIENCE = 2.0
_IS_WORKED_ON = """SELECT EXISTS (SELECT FROM dbos.workflow_status AS w
    WHERE w.workflow_uuid = runs.home AND w.status IN ('ENQUEUED', 'PENDING', 'DELAYED'))
    FROM mflow.runs WHERE id = %s"""
_LIST = """SELECT id, metadata,
    (SELECT line FROM mflow.events
     WHERE run = runs.id AND type IN ('run_started', 'run_finished') ORDER BY seq DESC LIMIT 1),
    EXISTS (SELECT FROM dbos.workflow_status AS w
            WHERE w.workflow_uuid = runs.home AND w.status IN ('ENQUEUED', 'PENDING', 'DELAYED'))
    FROM mflow.runs ORDER BY created DESC, id DESC"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseRun(RunFolder):
    """A run in a database; `path` is where its visits work. Make one with `create_in`, find one with `find_in`."""

    database: Database
    lease: float = LEASE
    _held: list[psycopg.Connection] = field(default_factory=list, repr=False, compare=False)
    """The session that holds the run's lock, while this process is its owner."""

    @classmethod
    def create_in(
        cls,
        database: Database,
        runs: Path,
        source: Source,
        *,
        diagram: str,
        graph: FlowGraph | SequenceTree | None = None,
        target: str = "local",
        component: str = "",
        inputs: Mapping[str, object] | None = None,
        settings: Mapping[str, object] | None = None,
        hidden: Collection[str] = (),
        reused: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> DatabaseRun:
        """Lay down a new run; the arguments are those of `RunFolder.create`. Raises MflowError when it cannot."""
        metadata = new_metadata(
            source,
            diagram=diagram,
            graph=graph,
            target=target,
            component=component,
            settings=settings,
            hidden=hidden,
            parent=None,
            reused=reused,
            now=clock(),
        )
        with database.session() as connection:
            connection.execute(
                "INSERT INTO mflow.runs (id, created, metadata, diagram, inputs) VALUES (%s, %s, %s, %s, %s)",
                [
                    metadata.id,
                    metadata.created,
                    as_json(asdict(metadata)),
                    json.dumps(source.text),
                    as_json(masked_mapping(inputs or {}, hidden)),
                ],
            )
        return cls(runs / metadata.id, metadata, clock, database=database)

    @property
    def source(self) -> Source:
        text: str = json.loads(self._stored()[0])
        return Source(text, self.metadata.path, self.metadata.first_line, self.metadata.indent)

    @property
    def inputs(self) -> Mapping[str, object]:
        loaded: dict[str, object] = json.loads(self._stored()[1])
        return loaded

    def journal(self, *, readonly: bool = False) -> DatabaseJournal:  # noqa: ARG002 - nothing is created by opening
        """Open the run's journal: by the session that holds its lock, while this process is its owner."""
        held = self._held[-1] if self._held else None
        return DatabaseJournal(self.database, self.id, clock=self.clock, connection=held)

    def replace_diagram(self, source: Source, graph: FlowGraph | SequenceTree) -> DatabaseRun:
        """Take over a changed diagram."""
        metadata = replace(
            self.metadata,
            sha256=digest(source.text),
            graph=describe(graph),
            path=source.path,
            first_line=source.first_line,
            indent=source.indent,
        )
        with self.database.session() as connection:
            connection.execute(
                "UPDATE mflow.runs SET metadata = %s, diagram = %s WHERE id = %s",
                [as_json(asdict(metadata)), json.dumps(source.text), self.id],
            )
        return replace(self, metadata=metadata)

    def discard(self) -> None:
        """Remove the record. What visits left in the shared folder stays with the folder's owner."""
        with self.database.session() as connection:
            connection.execute("DELETE FROM mflow.runs WHERE id = %s", [self.id])
            connection.execute("DELETE FROM mflow.stops WHERE starts_with(visit, %s)", [f"{self.id}:"])
            connection.execute("DELETE FROM mflow.interruptions WHERE starts_with(visit, %s)", [f"{self.id}:"])

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one process that works on this run: until the server ends the session, for whatever reason."""
        connection = self.database.connect(lease=self.lease)
        try:
            _take(connection, self)
            self._held.append(connection)
            yield
        finally:
            self._held.clear()
            connection.close()

    def is_locked(self) -> bool:
        """Whether workers are at work on this run, or will be as soon as there is one."""
        with self.database.session() as connection:
            row = connection.execute(_IS_WORKED_ON, [self.id]).fetchone()
        return bool(row and row[0])

    def home(self) -> str | None:
        """The workflow that works on the run, or last did."""
        with self.database.session() as connection:
            row = connection.execute("SELECT home FROM mflow.runs WHERE id = %s", [self.id]).fetchone()
        return row[0] if row else None

    def _stored(self) -> tuple[str, str]:
        """The diagram's text and the inputs, as JSON."""
        with self.database.session() as connection:
            row = connection.execute("SELECT diagram, inputs FROM mflow.runs WHERE id = %s", [self.id]).fetchone()
        if row is None:
            raise MflowError(f"no run {self.id!r}", code="run.unknown", hint="see `mflow runs`")
        return row[0], row[1]


def find_in(database: Database, runs: Path, name: str = LATEST) -> DatabaseRun:
    """The run that `name` means: an id, its beginning, its last four letters, or `latest`.

    Raises MflowError when there is none, or more than one.
    """
    with database.session() as connection:
        ids = [str(found) for (found,) in connection.execute("SELECT id FROM mflow.runs ORDER BY created, id")]
        if name == LATEST and not ids:
            raise no_run()
        chosen = ids[-1] if name == LATEST else matching_name(name, ids)
        row = connection.execute("SELECT metadata FROM mflow.runs WHERE id = %s", [chosen]).fetchone()
    if row is None:
        raise MflowError(f"no run {name!r}", code="run.unknown", hint="see `mflow runs`")
    return DatabaseRun(runs / chosen, _metadata(chosen, row[0]), database=database)


def list_in(
    database: Database,
    runs: Path,
    *,
    diagram: str | None = None,
    statuses: Collection[RunStatus] = (),
    since: float | None = None,
    until: float | None = None,
) -> list[RunSummary]:
    """The runs in a database, newest first."""
    with database.session() as connection:
        rows = connection.execute(_LIST).fetchall()
    found = []
    for run, stored, last, working in rows:
        folder = _Listed(runs / run, _metadata(run, stored), database=database, working=working)
        if is_wanted(folder, diagram, since, until):
            summary = summary_of(folder, decode(last.encode()) if last else None)
            if not statuses or summary.status in statuses:
                found.append(summary)
    return found


def prune_in(database: Database, runs: Path, *, keep: int | None = None, before: float | None = None) -> list[str]:
    """Remove the records of runs like `mermaid_flow.engine.history.prune_runs`. Returns their ids."""
    removed = to_prune(list_in(database, runs), keep, before)
    for summary in removed:
        with summary.folder.lock():
            summary.folder.discard()
    return [summary.id for summary in removed]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed(DatabaseRun):
    """A run of a list, which knows already whether workers are at work on it."""

    working: bool

    def is_locked(self) -> bool:
        return self.working


def _metadata(run: str, stored: str) -> RunMetadata:
    try:
        return read_metadata(json.loads(stored), run)
    except (ValueError, KeyError, TypeError) as error:
        raise MflowError(f"run {run} cannot be read: {error}", code="run.unreadable") from error


def _take(connection: psycopg.Connection, run: DatabaseRun) -> None:
    """Take the run's lock. Its last owner may have ended only just now, so a refusal is tried again."""
    pause = threading.Event()
    give_up = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", [lock_key(f"run {run.id}")]).fetchone()
        except psycopg.Error as error:
            raise run.database.lost(error) from error
        if row and row[0]:
            return
        if time.monotonic() > give_up:
            raise MflowError(
                f"another process is working on run {run.id}",
                code="run.locked",
                hint=f"follow it with `mflow show {run.id} --follow`, or stop it first",
            )
        pause.wait(0.05)
