"""The journal in Postgres keeps the promises of the one in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mermaid_flow.engine.distributed.database import Database, DatabaseLost
from mermaid_flow.engine.distributed.journal import DatabaseJournal
from mermaid_flow.engine.distributed.runs import DatabaseRun
from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.errors import MflowError
from tests.engine.running import graph_of

STARTED = Event(EventType.NODE_STARTED, "A", 2, {"attempt": 1})
NOTICE = Event(EventType.NOTICE, data={"message": "\ud800 and \x00"})


@pytest.fixture
def run(url: str, tmp_path: Path) -> DatabaseRun:
    graph = graph_of("A")
    return DatabaseRun.create_in(
        Database(url), tmp_path, graph.diagram.source, diagram="test", graph=graph, clock=lambda: 12.3456
    )


@pytest.fixture
def journal(run: DatabaseRun) -> Iterator[DatabaseJournal]:
    with run.journal() as found:
        yield found


def test_events_are_numbered_dated_and_read_back(run: DatabaseRun, journal: DatabaseJournal) -> None:
    stored = journal.append([STARTED, NOTICE])
    assert [(event.seq, event.at) for event in stored] == [(1, 12.346), (2, 12.346)]
    assert journal.read() == []
    with run.journal(readonly=True) as other:
        assert other.read() == stored


def test_what_others_wrote_comes_first_and_once(run: DatabaseRun, journal: DatabaseJournal) -> None:
    with run.journal() as other:
        other.append([STARTED])
        found = journal.append([NOTICE])
        assert [event.type for event in found] == [EventType.NODE_STARTED, EventType.NOTICE]
        assert [event.seq for event in other.read()] == [2]


def test_while_one_decides_nobody_else_appends(run: DatabaseRun, journal: DatabaseJournal) -> None:
    with run.journal() as other, other.exclusive():
        other._execute("SET lock_timeout = 50")
        assert other.read() == []
        other.append([STARTED])
        journal._execute("SET lock_timeout = 50")
        with pytest.raises(DatabaseLost, match="lock timeout"):
            journal.append([NOTICE])
    assert [event.seq for event in journal.append([NOTICE])] == [1, 2]


def test_what_was_decided_in_vain_is_not_stored(journal: DatabaseJournal) -> None:
    with pytest.raises(RuntimeError), journal.exclusive(), journal.exclusive():
        journal.append([STARTED])
        raise RuntimeError
    assert journal.read() == []
    assert [event.seq for event in journal.append([NOTICE])] == [1]


def test_a_session_that_the_server_ended_cannot_write(run: DatabaseRun) -> None:
    with run.lock(), run.journal() as journal:
        journal.append([STARTED])
        with run.database.session() as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        with pytest.raises(DatabaseLost):
            journal.append([NOTICE])
        with pytest.raises(DatabaseLost):
            journal.read()


def test_a_damaged_record_is_refused(run: DatabaseRun, journal: DatabaseJournal) -> None:
    journal.append([STARTED, NOTICE])
    with run.database.session() as connection:
        connection.execute("DELETE FROM mflow.events WHERE seq = 1")
    with pytest.raises(MflowError, match="damaged"), run.journal() as other:
        other.read()
