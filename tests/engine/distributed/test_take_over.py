"""What happens to a run when its home, or a worker that runs its visits, is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from mermaid_flow.engine._attempts import Outcome
from mermaid_flow.engine.distributed.database import Database
from mermaid_flow.engine.distributed.elsewhere import Queued
from mermaid_flow.engine.distributed.queues import HOME_WORKFLOW, HOMES, VERSION
from mermaid_flow.engine.distributed.visits import Visits
from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.ports import HandedHome, Policy, Visit
from tests.engine.distributed.cluster import Cluster, end_all_sessions, serving
from tests.engine.running import FakeWorker, Gate, statuses


@pytest.fixture(scope="module")
def cluster(module_url: str, module_folder: Path) -> Iterator[Cluster]:
    with serving(Database(module_url), module_folder) as found:
        yield found


def test_a_home_that_lost_its_session_waits_for_what_runs_elsewhere(cluster: Cluster) -> None:
    gate = Gate()
    play = cluster.lay("A --> B", FakeWorker({"A": gate}))
    cluster.queue(play)
    assert gate.entered.wait(30)
    end_all_sessions(cluster.database)
    gate.opened.set()
    cluster.wait(play)
    assert play.record().status is RunStatus.SUCCEEDED
    assert play.worker.ran == ["A", "B"]
    assert any("took the run over" in str(event.data.get("message")) for event in play.events())


def test_what_was_in_flight_at_the_lost_home_is_run_again(cluster: Cluster) -> None:
    def needs_home(_: Visit) -> object:
        raise HandedHome

    gate = Gate()
    play = cluster.lay("A --> B", FakeWorker({"A": needs_home}))
    play.at_home.actions = {"A": gate}
    cluster.queue(play)
    assert gate.entered.wait(30)
    end_all_sessions(cluster.database)
    play.at_home.actions = {"A": lambda _: {"again": True}}
    cluster.wait(play)
    assert play.record().values == {"A": {"again": True}}
    assert [event.node for event in play.events() if event.type is EventType.NODE_INTERRUPTED] == ["A"]


def test_a_home_that_cannot_reach_the_queues_tries_again(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """DBOS tells of a lost database in its own way."""
    play = cluster.lay("A --> B", FakeWorker())
    start, tried = Queued.start, count(1)

    def refuse_once(queued: Queued, visit: Visit, report: Callable[[Outcome], None]) -> None:
        if next(tried) == 1:
            raise RuntimeError("(psycopg.OperationalError) no answer") from psycopg.OperationalError("no answer")
        start(queued, visit, report)

    monkeypatch.setattr(Queued, "start", refuse_once)
    cluster.queue(play)
    cluster.wait(play)
    assert play.record().status is RunStatus.SUCCEEDED
    assert play.worker.ran == ["A", "B"]


@pytest.mark.parametrize("policy", ["rerun", "reconcile", "fail"])
def test_a_visit_whose_worker_died_is_asked_of_its_policy(cluster: Cluster, policy: str) -> None:
    seen: list[bool] = []
    worker = FakeWorker(
        {"A": lambda visit: seen.append(visit.interrupted)}, policies={"A": Policy(on_interrupted=policy)}
    )  # type: ignore[arg-type]  # one of the three
    play = cluster.lay("A", worker)
    with cluster.database.session() as connection:
        connection.execute("INSERT INTO mflow.interruptions VALUES (%s)", [f"{play.run.id}:A:1"])
    cluster.queue(play)
    cluster.wait(play)
    assert seen == {"rerun": [False], "reconcile": [True], "fail": []}[policy]
    assert statuses(play.record()) == {"A": "failed" if policy == "fail" else "succeeded"}
    assert any("died" in str(event.data.get("message")) for event in play.events())


def test_a_visit_that_was_stopped_before_it_began_does_not_begin(cluster: Cluster) -> None:
    play = cluster.lay("A", FakeWorker())
    with cluster.database.session() as connection:
        connection.execute("INSERT INTO mflow.stops VALUES (%s)", [f"{play.run.id}:A:1"])
    cluster.queue(play)
    cluster.wait(play)
    assert play.worker.ran == []
    assert statuses(play.record()) == {"A": "failed"}


def test_a_run_whose_worker_is_dead_is_taken_over(cluster: Cluster) -> None:
    play = cluster.lay("A --> B", FakeWorker())
    assert cluster.service is not None
    order = {"run": play.run.id, "home": play.run.id, "options": {}, "from": None}
    options = {"queue_name": HOMES, "workflow_name": HOME_WORKFLOW, "workflow_id": play.run.id, "app_version": VERSION}
    cluster.service.client.enqueue({**options, "delay_seconds": 3600}, order)  # type: ignore[typeddict-item]
    with cluster.database.session() as connection:
        connection.execute("UPDATE mflow.runs SET home = id WHERE id = %s", [play.run.id])
        connection.execute(
            "UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = 'dead' WHERE workflow_uuid = %s",
            [play.run.id],
        )
    cluster.wait(play)
    assert play.record().status is RunStatus.SUCCEEDED


def test_a_stopped_worker_gives_nothing_back(cluster: Cluster) -> None:
    gate = Gate()
    play = cluster.lay("A", FakeWorker({"A": gate}))
    with play.run.journal() as journal:
        journal.append([Event(EventType.RUN_STARTED), Event(EventType.NODE_STARTED, "A", 1, {"attempt": 1})])
    visits = Visits(cluster.workshop)
    order = {"run": play.run.id, "home": play.run.id, "node": "A", "visit": 1, "attempt": 1, "interrupted": False}
    returned = threading.Event()

    def run() -> None:
        visits.run("x", order)
        returned.set()

    threading.Thread(target=run, daemon=True).start()
    assert gate.entered.wait(30)
    visits.stop()
    assert gate.opened.is_set() is False
    assert not returned.wait(0.3)
    assert visits.active == []
