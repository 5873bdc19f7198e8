"""Workers notice each other's death, and their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from mermaid_flow.engine.distributed.database import Database, DatabaseLost
from mermaid_flow.engine.distributed.lease import Lease, LeaseLost, check_shared
from mermaid_flow.engine.distributed.queues import VISIT_WORKFLOW, VISITS, enqueue, open_client
from mermaid_flow.errors import MflowError
from tests.engine.running import in_background


@pytest.fixture
def database(url: str) -> Database:
    return Database(url)


@pytest.fixture
def leases(database: Database, tmp_path: Path) -> Iterator[tuple[Lease, Lease]]:
    """Two workers; the first one runs the visit `v`."""
    one, two = Lease(database, tmp_path, 5.0), Lease(database, tmp_path, 5.0)
    one.take()
    two.take()
    client = open_client(database)
    enqueue(client, VISITS, VISIT_WORKFLOW, "v", {})
    client.destroy()
    with database.session() as connection:
        connection.execute("UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = %s", [one.worker])
    yield one, two
    one.release()
    two.release()


def break_session(lease: Lease) -> None:
    with lease.database.session() as connection:
        assert lease._connection is not None
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [lease._connection.info.backend_pid])


def test_the_living_are_left_alone(leases: tuple[Lease, Lease]) -> None:
    one, two = leases
    assert two.depose_dead() == two.depose_dead() == []
    assert one.renew(["v"]) == []


def test_the_dead_are_deposed_at_the_second_look(leases: tuple[Lease, Lease]) -> None:
    one, two = leases
    one.release()
    with two.database.session() as connection:  # granted as soon as the server has seen the end of the session
        connection.execute("SELECT pg_advisory_lock(%s)", [_key_of(one)])
        connection.execute("SELECT pg_advisory_unlock(%s)", [_key_of(one)])
    assert two.depose_dead() == []
    (left,) = two.depose_dead()
    assert (left.workflow, left.queue) == ("v", VISITS)
    with two.database.session() as connection:
        assert connection.execute("SELECT visit FROM mflow.interruptions").fetchall() == [("v",)]


def test_a_worker_that_was_deposed_meanwhile_has_lost_its_lease(leases: tuple[Lease, Lease]) -> None:
    one, two = leases
    break_session(one)
    two.depose_dead()
    two.depose_dead()
    with pytest.raises(LeaseLost, match="has taken"):
        one.renew([])


def test_a_worker_that_comes_back_in_time_goes_on(leases: tuple[Lease, Lease]) -> None:
    one, two = leases
    break_session(one)
    assert two.depose_dead() == []
    assert one.renew([]) == []
    assert two.depose_dead() == []


def test_a_worker_that_is_being_deposed_gives_up(leases: tuple[Lease, Lease]) -> None:
    one, two = leases
    break_session(one)
    with two.database.session() as connection:
        from mermaid_flow.engine.distributed.lease import _try

        assert _try(connection, one.worker)
        with pytest.raises(LeaseLost, match="is taking"):
            one.renew([])


def test_without_a_database_the_lease_ends_with_its_time(tmp_path: Path) -> None:
    lease = Lease(Database("postgres://nobody@127.0.0.1:1/none"), tmp_path, 0.3)
    with pytest.raises(LeaseLost, match="away for longer"):
        lease.renew([])


def test_renewing_tells_which_visits_are_to_stop(leases: tuple[Lease, Lease]) -> None:
    one, _ = leases
    with one.database.session() as connection:
        connection.execute("INSERT INTO mflow.stops VALUES ('v'), ('w')")
    assert one.renew(["v"]) == ["v"]


def test_a_silent_session_is_ended_by_the_server(database: Database, tmp_path: Path) -> None:
    lease = Lease(database, tmp_path, 0.2)
    lease.take()
    with database.session() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_key_of(lease)])  # waits until the server ends the session
        assert lease._connection is not None
        with pytest.raises(psycopg.Error):
            lease._connection.execute("SELECT 1")


def test_a_session_that_ends_while_the_lease_is_taken_is_told_as_a_lost_database(
    database: Database, tmp_path: Path
) -> None:
    lease = Lease(database, tmp_path, 5.0)
    said: list[DatabaseLost] = []

    def take() -> None:
        with pytest.raises(DatabaseLost) as caught:
            lease.take()
        said.append(caught.value)

    with database.session() as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", [_key_of(lease)])
        thread = in_background(take)
        ended = None
        while ended is None:
            ended = holder.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            ).fetchone()
        thread.join(30)
    assert "does not answer" in said[0].message


def test_all_workers_must_work_in_this_folder(database: Database, tmp_path: Path) -> None:
    state = tmp_path / ".mflow"
    assert check_shared(database, state, tmp_path) == 0
    lease = Lease(database, tmp_path, 5.0)
    lease.take()
    with pytest.raises(MflowError, match="is not the folder"):
        check_shared(database, state, tmp_path)
    (state / "workers").mkdir(parents=True)
    (state / "workers" / lease.worker).touch()
    assert check_shared(database, state, tmp_path) == 1
    with pytest.raises(MflowError) as caught:
        check_shared(database, state, tmp_path / "other")
    assert caught.value.code == "worker.folder"
    lease.release()
    assert check_shared(database, state, tmp_path / "other") == 0


def _key_of(lease: Lease) -> int:
    from mermaid_flow.engine.distributed.lease import _key

    return _key(lease.worker)
