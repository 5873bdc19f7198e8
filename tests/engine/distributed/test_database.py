"""Reaching the database, without ever showing its password."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from mermaid_flow.engine.distributed.database import Database, DatabaseLost, lock_key
from mermaid_flow.errors import MflowError
from tests.postgres import PASSWORD, Server


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgres://a:geheim@host/db", "postgres://a:***@host/db"),
        ("postgresql://a:ge%40heim@host/db", "postgresql://a:***@host/db"),
        ("postgres://a@host/db?password=geheim", "postgres://a@host/db?password=***"),
        ("postgres:///db?host=/tmp", "postgres:///db?host=/tmp"),
    ],
)
def test_the_password_is_masked_however_it_is_written(url: str, shown: str) -> None:
    database = Database(url)
    assert database.shown == shown
    assert "heim" not in database.hide(f"cannot use {url} with password ge@heim") or "ge@heim" not in url
    assert "geheim" not in repr(database)


def test_another_kind_of_url_is_refused_without_showing_its_password() -> None:
    with pytest.raises(MflowError) as caught:
        Database("mysql://a:geheim@host/db")
    assert caught.value.code == "database.url"
    assert "geheim" not in str(caught.value)


def test_dbos_gets_the_scheme_that_it_knows() -> None:
    assert Database("postgres://a:b@host/db").for_dbos == "postgresql://a:b@host/db"


def test_a_server_that_is_not_there_is_named_without_the_password(server: Server) -> None:
    with pytest.raises(DatabaseLost) as caught:
        Database(server.url("nowhere")).prepare()
    assert "nowhere" in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_broken_statement_is_a_lost_database(url: str) -> None:
    with pytest.raises(DatabaseLost), Database(url).session() as connection:
        connection.execute("SELECT * FROM nothing")


def test_several_processes_may_prepare_at_once(server: Server) -> None:
    database = Database(server.create("at_once"))
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(database.prepare) for _ in range(3)]:
            done.result()
    with database.session() as connection:
        assert connection.execute("SELECT count(*) FROM mflow.runs").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM dbos.workflow_status").fetchone() == (0,)


def test_a_server_that_is_too_old_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mermaid_flow.engine.distributed.database._OLDEST_SERVER", 10**9)
    with pytest.raises(MflowError, match="older than Postgres 14"):
        Database(url).prepare()


def test_locks_are_told_apart_by_name() -> None:
    assert lock_key("a") != lock_key("b")
    assert -(2**63) <= lock_key("a") < 2**63


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "mermaid_flow.engine.distributed.database")
    with pytest.raises(MflowError, match="extra `dbos`"):
        __import__("mermaid_flow.engine.distributed.database")
