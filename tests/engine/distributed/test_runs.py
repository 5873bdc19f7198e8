"""Runs in a database: found, listed, locked and removed like those in folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.engine.distributed import runs as module
from mermaid_flow.engine.distributed.database import Database, DatabaseLost
from mermaid_flow.engine.distributed.queues import HOME_WORKFLOW, HOMES, enqueue, open_client
from mermaid_flow.engine.distributed.runs import DatabaseRun, find_in, list_in, prune_in
from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from tests.engine.running import graph_of


@pytest.fixture
def database(url: str) -> Database:
    return Database(url)


def lay(database: Database, folder: Path, name: str = "test", at: float = 1.0, status: str = "") -> DatabaseRun:
    graph = graph_of("A --> B", name)
    run = DatabaseRun.create_in(
        database,
        folder,
        graph.diagram.source,
        diagram=name,
        graph=graph,
        inputs={"word": "s3cret", "size": 3},
        settings={"sets": ["word=s3cret"]},
        hidden=["s3cret"],
        clock=lambda: at,
    )
    if status:
        with run.journal() as journal:
            journal.append([Event(EventType.RUN_STARTED), Event(EventType.RUN_FINISHED, data={"status": status})])
    return run


def test_a_run_is_found_as_it_was_laid_down(database: Database, tmp_path: Path) -> None:
    run = lay(database, tmp_path)
    for name in ("latest", run.id, run.id[:14], run.id[-4:]):
        found = find_in(database, tmp_path, name)
        assert found.metadata == run.metadata
    assert found.path == tmp_path / run.id
    assert found.source.text == run.source.text
    assert found.source.path == "diagrams/test.mmd"
    assert found.inputs["size"] == 3
    assert "s3cret" not in str(found.inputs)
    assert "s3cret" not in str(found.metadata.settings)
    assert RunRecord.open(found).status is RunStatus.INTERRUPTED


def test_unknown_and_damaged_runs_are_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(MflowError, match="no run yet"):
        find_in(database, tmp_path)
    run = lay(database, tmp_path)
    with pytest.raises(MflowError, match="no run 'nothing'"):
        find_in(database, tmp_path, "nothing")
    with database.session() as connection:
        connection.execute("UPDATE mflow.runs SET metadata = '{}'")
    with pytest.raises(MflowError, match="cannot be read"):
        find_in(database, tmp_path)
    run.discard()
    with pytest.raises(MflowError, match="no run"):
        _ = run.source
    assert run.home() is None
    assert not run.is_locked()


def test_runs_are_listed_newest_first_and_filtered(database: Database, tmp_path: Path) -> None:
    old = lay(database, tmp_path, "one", 1.0, "succeeded")
    new = lay(database, tmp_path, "two", 2.0, "failed")
    lay(database, tmp_path, "two", 3.0)

    def ids(**wanted: object) -> list[str]:
        return [run.id for run in list_in(database, tmp_path, **wanted)]  # type: ignore[arg-type]  # tests pass what fits

    assert ids()[1:] == [new.id, old.id]
    assert ids(diagram="one") == [old.id]
    assert ids(statuses=[RunStatus.FAILED]) == [new.id]
    assert ids(since=1.5, until=2.5) == [new.id]


def test_a_queued_run_is_running(database: Database, tmp_path: Path) -> None:
    run = lay(database, tmp_path)
    client = open_client(database)
    enqueue(client, HOMES, HOME_WORKFLOW, run.id, {"run": run.id})
    client.destroy()
    with database.session() as connection:
        connection.execute("UPDATE mflow.runs SET home = id")
    assert run.is_locked()
    assert [found.status for found in list_in(database, tmp_path)] == [RunStatus.RUNNING]
    assert prune_in(database, tmp_path, keep=0) == []


def test_old_runs_are_removed(database: Database, tmp_path: Path) -> None:
    old = lay(database, tmp_path, at=1.0, status="succeeded")
    new = lay(database, tmp_path, at=2.0, status="succeeded")
    with database.session() as connection:
        for table in ("stops", "interruptions"):
            marks = [f"{old.id}:A:1", f"{new.id}:A:1"]
            connection.execute(f"INSERT INTO mflow.{table} SELECT unnest(%s::text[])".encode(), [marks])
    assert prune_in(database, tmp_path) == []
    assert prune_in(database, tmp_path, keep=1) == [old.id]
    with database.session() as connection:
        assert connection.execute("SELECT visit FROM mflow.stops").fetchall() == [(f"{new.id}:A:1",)]
        assert connection.execute("SELECT visit FROM mflow.interruptions").fetchall() == [(f"{new.id}:A:1",)]
    assert [run.id for run in list_in(database, tmp_path)] == [new.id]


def test_one_process_owns_a_run(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOCK_PATIENCE", 0.1)
    run = lay(database, tmp_path)
    with run.lock():
        with pytest.raises(MflowError, match="another process"), find_in(database, tmp_path).lock():
            pass
        with run.journal() as journal:
            journal.append([Event(EventType.RUN_STARTED)])
    with find_in(database, tmp_path).lock():
        pass


def test_a_broken_session_takes_no_lock(database: Database, tmp_path: Path) -> None:
    run = lay(database, tmp_path)
    connection = database.connect()
    connection.close()
    with pytest.raises(DatabaseLost):
        module._take(connection, run)


def test_a_changed_diagram_is_taken_over(database: Database, tmp_path: Path) -> None:
    run = lay(database, tmp_path)
    graph = graph_of("A --> B --> C")
    changed = run.replace_diagram(graph.diagram.source, graph)
    assert changed.metadata.sha256 != run.metadata.sha256
    assert find_in(database, tmp_path).source.text == graph.diagram.source.text
