"""A worker that was deposed while it was cut off says so, and one whose database goes away while it begins."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest

from mermaid_flow.engine.distributed.database import Database, DatabaseLost
from mermaid_flow.engine.distributed.lease import Lease, LeaseLost
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


def test_a_worker_that_lets_go_of_its_lease_has_not_lost_it(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease may be renewed at that very moment, and find the server still busy with the end of its session."""
    let_go = threading.Event()

    def renew(_: Lease, __: Sequence[str]) -> list[str]:
        assert let_go.wait(30)
        raise LeaseLost("another worker is taking this one's work over", code="worker.lease")

    release = Lease.release

    def let_it_go(lease: Lease) -> None:
        let_go.set()
        release(lease)

    monkeypatch.setattr(Lease, "renew", renew)
    monkeypatch.setattr(Lease, "release", let_it_go)
    with serving(Database(url), tmp_path) as cluster:
        assert cluster.service is not None
        cluster.service.stop()
        for thread in threading.enumerate():
            if thread.name == "mflow-lease":
                thread.join(30)
        cluster.service.wait()


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
