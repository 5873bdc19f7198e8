"""A worker that was deposed while it was cut off says so, and one whose database goes away while it begins."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from mermaid_flow.engine.distributed.database import Database, DatabaseLost, lock_key
from mermaid_flow.engine.distributed.lease import LeaseLost, check_shared
from tests.engine.distributed.cluster import end_all_sessions, serving
from tests.postgres import end_dbos, private_server


def test_a_deposed_worker_says_so(url: str, tmp_path: Path) -> None:
    with serving(Database(url), tmp_path, lease=1.0) as cluster:
        with cluster.database.session() as connection:
            connection.execute("UPDATE mflow.workers SET deposed = true")
        end_all_sessions(cluster.database)
        assert cluster.service is not None
        with pytest.raises(LeaseLost):
            cluster.service.wait()


def test_a_worker_that_is_stopped_lets_go_of_its_lease(url: str, tmp_path: Path) -> None:
    with serving(Database(url), tmp_path) as cluster:
        assert cluster.service is not None
        assert check_shared(cluster.database, tmp_path / ".mflow", tmp_path) == 1
        cluster.service.stop()
        cluster.service.wait()
        with cluster.database.session() as connection:
            connection.execute("SET lock_timeout = '30s'")
            connection.execute("SELECT pg_advisory_lock(%s)", [lock_key(f"worker {cluster.service._lease.worker}")])


def test_a_worker_whose_database_goes_away_while_it_begins_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DBOS is told three times where the database is: for the tables, for the client and for the queues."""
    with private_server() as server:
        told = count(1)

        def address(database: Database) -> str:
            if next(told) == 3:
                server.stop()
            return "postgresql" + database.url.removeprefix("postgres")

        monkeypatch.setattr(Database, "for_dbos", property(address))
        with pytest.raises(DatabaseLost, match="does not answer"), serving(Database(server.create("gone")), tmp_path):
            pass
        end_dbos()
        server.start()
