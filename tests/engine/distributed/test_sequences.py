"""Sequences whose steps run in the queues: recorded as on one machine, and what has finished does not run again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mermaid_flow.engine.approvals import Person, approve
from mermaid_flow.engine.cancellation import CancelLevel, request_cancel
from mermaid_flow.engine.distributed.database import Database
from mermaid_flow.engine.distributed.elsewhere import Queued
from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.executor import execute
from mermaid_flow.engine.follow import follow
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import HandedHome, Policy, RetryPolicy, Visit
from mermaid_flow.engine.sequence_change import take_over_sequence
from mermaid_flow.graph.sequence_builder import build_sequence
from mermaid_flow.handlers.calls import ModuleCall, Result
from tests.engine.distributed.cluster import Cluster, Play, end_all_sessions, serving
from tests.engine.running import Gate, statuses
from tests.engine.sequence_running import NESTED, QUICK, Worker, fails, nested_worker
from tests.engine.sequence_running import Play as EmbeddedPlay
from tests.engine.sequences import tree_of


@pytest.fixture(scope="module")
def cluster(module_url: str, module_folder: Path) -> Iterator[Cluster]:
    with serving(Database(module_url), module_folder) as found:
        yield found


def took_over(play: Play) -> bool:
    return any("took the run over" in str(event.data.get("message")) for event in play.events())


def test_the_record_is_that_of_a_run_on_one_machine(cluster: Cluster, tmp_path: Path) -> None:
    seen: dict[str, list[object]] = {"here": [], "there": []}

    def watching(place: str) -> Worker:
        worker = nested_worker()
        check = worker.actions["check"]

        def watch(visit: Visit) -> object:
            seen[place].append((visit.node.id, dict(visit.items), dict(visit.values)))
            return check(visit) if visit.node.label == "check" else {"sum": len(visit.values)}

        worker.actions = dict.fromkeys(("list", "components", "check", "log", "fine", "report"), watch)
        return worker

    there, here = watching("there"), watching("here")
    play = cluster.run(tree_of(NESTED), there)
    expected = EmbeddedPlay.of(tmp_path, NESTED).run(here)
    found = play.record()
    assert found.status is RunStatus.SUCCEEDED
    assert there.ran == here.ran
    assert statuses(found) == statuses(expected)
    assert found.values == expected.values
    assert [node.label for node in found.nodes.values()] == [node.label for node in expected.nodes.values()]
    assert seen["there"] == seen["here"]


def test_laps_run_side_by_side(cluster: Cluster) -> None:
    text = "---\nmflow: {parallel: 2}\n---\nsequenceDiagram\nloop For each env\nA->>B: one\nA->>B: two\nend\nA->>B: end"
    first, second = Gate(), Gate()
    gates = {"dev": first, "prod": second}
    play = cluster.lay(
        tree_of(text), Worker({"one": lambda visit: gates[str(visit.items["env"])](visit)}, {"loop1": ["dev", "prod"]})
    )
    cluster.queue(play)
    assert second.entered.wait(30)
    assert first.entered.wait(30)
    second.opened.set()
    first.opened.set()
    cluster.wait(play)
    assert sorted(play.worker.ran[3:5]) == ["2-1", "2-2"]
    assert play.worker.ran[5:] == ["3"]


def test_what_was_declared_is_applied_at_home(cluster: Cluster) -> None:
    declared: list[str] = []

    def declare(visit: Visit) -> Result:
        declared.append(visit.node.id)
        return Result({}, (ModuleCall("thing", "thing"),))

    def needs_home(_: Visit) -> object:
        raise HandedHome

    applied: list[frozenset[str]] = []
    play = cluster.lay(tree_of("A->>B: declare\nA->>B: other"), Worker({"declare": needs_home}))
    play.at_home = Worker({"declare": declare}, on_settle=applied.append)
    cluster.queue(play)
    cluster.wait(play)
    assert play.record().status is RunStatus.SUCCEEDED
    assert (declared, applied) == (["1"], [frozenset({"1"})])


def test_a_home_that_is_lost_in_a_loop_is_taken_over_there(cluster: Cluster) -> None:
    gate = Gate()
    worker = nested_worker()
    worker.actions = {**worker.actions, "4-2-1": gate, "6-1-2": fails}
    text = NESTED.replace("A->>A: fine", "critical\nA->>A: fine\noption any failure\nA->>A: pity\nend")
    worker.answers = {**worker.answers, "critical1": 0}
    play = cluster.lay(tree_of(text), worker)
    cluster.queue(play)
    assert gate.entered.wait(30)
    ran = list(worker.ran)
    end_all_sessions(cluster.database)
    gate.opened.set()
    cluster.wait(play)
    assert took_over(play)
    assert play.record().status is RunStatus.SUCCEEDED
    assert worker.ran[: len(ran)] == ran
    assert len(set(worker.ran)) == len(worker.ran)
    assert statuses(play.record())["6-1-2"] == "failed"


def test_what_was_in_flight_at_the_lost_home_follows_its_policy(cluster: Cluster) -> None:
    def needs_home(_: Visit) -> object:
        raise HandedHome

    gate = Gate()
    policies = {"one": Policy(on_interrupted="reconcile"), "two": Policy(RetryPolicy(attempts=2, delay=9e9))}
    text = "par\nA->>B: one\nand\nA->>B: two\nend"
    play = cluster.lay(tree_of(text), Worker({"one": needs_home, "two": fails}, policies=policies))
    play.at_home = Worker({"one": gate}, policies=policies)
    cluster.queue(play)
    assert gate.entered.wait(30)
    for event in follow(play.run):
        if event.type is EventType.NODE_RETRIED:
            break
    seen: list[bool] = []
    play.at_home.actions = {"one": lambda visit: seen.append(visit.interrupted)}
    play.worker.actions = {"one": needs_home}
    end_all_sessions(cluster.database)
    cluster.wait(play)
    assert seen == [True]
    assert statuses(play.record()) == {"1": "succeeded", "2": "succeeded"}
    policy = {event.node: event.data["policy"] for event in play.events() if event.type is EventType.NODE_INTERRUPTED}
    assert policy == {"1": "reconcile", "2": "rerun"}


def test_a_person_is_asked_and_the_run_goes_on(cluster: Cluster) -> None:
    diagram = tree_of("sequenceDiagram\nactor Boss\nA->>Boss: May I?\nA->>B: go").diagram
    tree = build_sequence(diagram, "talk", has_handler=lambda receiver, _: receiver == "B")
    play = cluster.lay(tree, Worker())
    cluster.queue(play)
    for event in follow(play.run):
        if event.type is EventType.NODE_WAITING:
            with play.run.journal() as journal:
                approve(journal, "1", Person("ann"))
    assert play.record().status is RunStatus.SUCCEEDED
    assert play.worker.ran == ["2"]


def test_a_cancelled_sequence_is_resumed_where_it_was(cluster: Cluster) -> None:
    gate = Gate()
    play = cluster.lay(tree_of("A->>B: one\nA->>B: two\nA->>B: three"), Worker({"two": gate}))
    cluster.queue(play)
    assert gate.entered.wait(30)
    with play.run.journal() as journal:
        request_cancel(journal, CancelLevel.INTERRUPT)
    cluster.wait(play)
    assert play.record().status is RunStatus.CANCELLED
    play.worker.actions = {}
    cluster.queue(play, home=f"{play.run.id}:2")
    cluster.wait(play)
    assert play.record().status is RunStatus.SUCCEEDED
    assert play.worker.ran == ["1", "2", "2", "3"]


def test_a_changed_sequence_is_taken_over(cluster: Cluster) -> None:
    play = cluster.run(tree_of("A->>B: one\nA->>B: two"), Worker({"two": fails}))
    changed = tree_of("A->>B: one\nA->>B: better\nA->>B: three")
    old = tree_of("A->>B: one\nA->>B: two")
    again = Play(take_over_sequence(play.run, old, changed), changed, play.worker, play.at_home)  # type: ignore[arg-type]  # a run of the database
    cluster.plays[play.run.id] = again
    cluster.queue(again, home=f"{play.run.id}:2")
    cluster.wait(again)
    assert again.record().status is RunStatus.SUCCEEDED
    assert play.worker.ran == ["1", "2", "2", "3"]


def test_a_visit_that_nobody_asks_for_any_more_does_not_run(cluster: Cluster) -> None:
    play = cluster.lay(tree_of("A->>B: one\nA->>B: two"), Worker())
    assert cluster.service is not None
    with play.run.journal() as journal:
        journal.append([Event(EventType.RUN_STARTED)])
    order = {"run": play.run.id, "home": play.run.id, "node": "2", "visit": 1, "attempt": 1, "interrupted": False}
    outcome = cluster.service.visits.run("x", order)
    assert outcome["error"]["code"] == "visit.stale"
    assert play.worker.ran == []


def test_a_failing_branch_stops_the_others_when_asked_to(cluster: Cluster) -> None:
    gate = Gate()

    def after(visit: Visit) -> object:
        assert gate.entered.wait(30)
        return fails(visit)

    play = cluster.lay(tree_of("par\nA->>B: one\nand\nA->>B: two\nend"), Worker({"one": gate, "two": after}))
    cluster.queue(play, Options(grace=0.2, poll=0.02, fail_fast=True))
    cluster.wait(play)
    assert statuses(play.record()) == {"1": "cancelled", "2": "failed"}


def test_a_run_may_be_taken_over_after_its_owner_said_what_it_starts_and_before_it_did(cluster: Cluster) -> None:
    """Between the journal and the queue a home may die: whoever comes next queues the visit."""
    play = cluster.lay(tree_of("A->>B: one\nA->>B: two"), Worker())
    assert cluster.service is not None
    with play.run.journal() as journal:
        journal.append([Event(EventType.RUN_STARTED), Event(EventType.NODE_STARTED, "1", 1, {"attempt": 1})])
    order = {"run": play.run.id, "home": play.run.id}
    queued = Queued(cluster.database, cluster.service.client, play.run.id, order)
    status = execute(tree_of("A->>B: one\nA->>B: two"), play.run, Worker(), options=QUICK, elsewhere=queued)
    assert status is RunStatus.SUCCEEDED
    assert play.worker.ran == ["1", "2"]
