from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from mermaid_flow.engine.cancellation import CancelLevel
from mermaid_flow.engine.events import Event, EventType, NodeStatus, RunStatus
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Policy, RetryPolicy, Visit
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.engine.record_json import schema, to_json
from mermaid_flow.errors import MflowError
from mermaid_flow.graph import GraphSettings, build
from mermaid_flow.graph.model import Role
from mermaid_flow.syntax.source import Source
from tests.engine.running import FakeWorker, Gate, Play, fails, fails_until, graph_of, in_background, statuses


def record_of(play: Play, *events: Event, working: bool = False) -> RunRecord:
    """The record of events that are given as an engine would have written them."""
    dated = [Event(e.type, e.node, e.visit, e.data, n, e.at or 100.0 + n) for n, e in enumerate(events, 1)]
    return RunRecord.of(play.folder.metadata, play.folder.source, dated, play.folder.path, working=working)


STARTED = Event(EventType.RUN_STARTED)


def test_a_run_that_has_not_begun_is_interrupted_without_a_worker(tmp_path: Path) -> None:
    record = record_of(Play.of(tmp_path, "A --> B"))
    assert record.status is RunStatus.INTERRUPTED
    assert statuses(record) == {"A": "ready", "B": "pending"}
    assert (record.started, record.ended, record.seconds) == (None, None, 0)
    assert record.nodes["A"].last is None
    assert record.nodes["A"].seconds == 0
    assert (list(record.visits), record.decisions, record.waiting, record.values) == ([], (), (), {})


def test_whether_somebody_works_on_it_tells_running_from_interrupted(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B")
    assert record_of(play, STARTED, working=True).status is RunStatus.RUNNING
    assert record_of(play, STARTED).status is RunStatus.INTERRUPTED
    gate = Gate()
    thread = in_background(lambda: play.run(FakeWorker({"A": gate})))
    assert gate.entered.wait(30)
    record = play.record()
    assert record.status is RunStatus.RUNNING
    assert record.nodes["A"].status is NodeStatus.RUNNING
    gate.opened.set()
    thread.join(30)


def test_times_and_durations_are_those_of_the_processes(tmp_path: Path) -> None:
    record = record_of(
        Play.of(tmp_path, "A --> B"),
        Event(EventType.RUN_STARTED, at=1000.0),
        Event(EventType.NODE_STARTED, "A", at=1001.0),
        Event(EventType.RUN_FINISHED, data={"status": "cancelled", "seconds": 5.5}, at=2000.0),
        Event(EventType.RUN_STARTED, data={"resumed": True}, at=3000.0),
        Event(EventType.NODE_INTERRUPTED, "A", data={"policy": "rerun"}, at=3000.0),
        Event(EventType.NODE_STARTED, "A", at=3003.0),
    )
    assert (record.started, record.ended, record.seconds) == (1000.0, None, 8.5)
    visit = record.nodes["A"].visits[0]
    assert (visit.started, visit.ended, visit.interrupted, visit.attempts) == (1001.0, None, True, 2)


def test_a_clock_that_was_set_back_gives_no_negative_durations(tmp_path: Path) -> None:
    record = record_of(
        Play.of(tmp_path, "A"),
        Event(EventType.RUN_STARTED, at=1000.0),
        Event(EventType.NODE_STARTED, "A", at=1000.0),
        Event(EventType.NODE_SUCCEEDED, "A", at=10.0),
        Event(EventType.RUN_FINISHED, data={"status": "succeeded"}, at=11.0),
    )
    assert record.seconds == 0
    assert record.nodes["A"].visits[0].seconds == 0


def test_durations_of_attempts_add_up(tmp_path: Path) -> None:
    error = {"error": {"code": "x", "message": "boom"}, "kind": "error"}
    record = record_of(
        Play.of(tmp_path, "A"),
        STARTED,
        Event(EventType.NODE_STARTED, "A", data={"attempt": 1}),
        Event(EventType.NODE_RETRIED, "A", data=error | {"seconds": 1.5, "attempt": 1, "delay": 9}),
        Event(EventType.NODE_STARTED, "A", data={"attempt": 2}),
        Event(EventType.NODE_FAILED, "A", data=error | {"seconds": 2.0}),
    )
    visit = record.nodes["A"].visits[0]
    assert (visit.seconds, visit.attempts, len(visit.retries)) == (3.5, 2, 1)


def test_what_handlers_noticed_is_kept_with_the_visit(tmp_path: Path) -> None:
    def notices(visit: Visit) -> None:
        visit.emit(Event(EventType.NOTICE, "A", data={"message": "slow today", "level": "warning"}))

    record = Play.of(tmp_path, "A").run(FakeWorker({"A": notices}))
    assert record.nodes["A"].visits[0].notices == ("slow today",)


def test_nested_runs_are_found_in_their_visit(tmp_path: Path) -> None:
    inner: list[RunFolder] = []

    def runs_another(visit: Visit) -> None:
        graph = graph_of("X --> Y")
        for _ in range(2):
            folder = RunFolder.create(
                visit.folder / "runs", graph.diagram.source, diagram="inner", graph=graph, parent="outer"
            )
            inner.append(folder)

    record = Play.of(tmp_path, "A[[Inner]]").run(FakeWorker({"A": runs_another}))
    assert sorted(record.nodes["A"].visits[0].runs) == sorted(folder.path for folder in inner)
    assert RunRecord.open(inner[0]).metadata.parent == "outer"


def test_roles_and_bounds_that_the_diagram_does_not_show_are_kept(tmp_path: Path) -> None:
    diagram = graph_of("A[Ask] -->|yes| B\nA -->|no| C\nB --> Q{Q} -->|again| B\nQ -->|done| D").diagram
    graph = build(diagram, "test", GraphSettings(max_laps=3), lambda node, _: Role.DECISION if node == "A" else None)
    folder = RunFolder.create(tmp_path, diagram.source, diagram="test", graph=graph)
    play = Play(tmp_path, graph, folder)
    record = play.run(FakeWorker(answers={"A": "yes", "Q": "again"}))
    assert record.graph == graph
    assert statuses(record)["C"] == "skipped"
    error = record.nodes["Q"].visits[-1].error
    assert error is not None
    assert (error.code, error.kind, record.laps) == ("loop.laps", "laps", {"B": 3})


SEQUENCE = Source("sequenceDiagram\n  A->>B: Do it\n  A->>B: Do more\n")


def test_a_sequence_diagrams_record_has_its_messages(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, SEQUENCE, diagram="talk")
    with folder.journal() as journal:
        journal.append(
            [
                STARTED,
                Event(EventType.NODE_STARTED, "1"),
                Event(EventType.NODE_SUCCEEDED, "1", data={"values": {"x": 1}, "seconds": 0.5}),
                Event(EventType.NODE_FAILED, "2", data={"error": {"message": "no"}, "seconds": 0.5}),
                Event(EventType.RUN_FINISHED, data={"status": "failed", "seconds": 1}),
            ]
        )
    record = RunRecord.open(folder)
    assert record.graph is None
    assert statuses(record) == {"1": "succeeded", "2": "failed"}
    assert [node.label for node in record.nodes.values()] == ["Do it", "Do more"]
    assert record.failures == ("2",)
    assert record.values == {"1": {"x": 1}}
    jsonschema.validate(to_json(record), schema())


def test_a_record_that_does_not_fit_its_diagram_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MflowError, match="does not fit"):
        record_of(Play.of(tmp_path, "A"), STARTED, Event(EventType.NODE_STARTED, "Z"))


def test_every_kind_of_record_fits_the_schema(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    text = """
    S --> Q{Q} -->|yes| A & F
    Q -->|no| N
    F -->|on error| H
    A --> M{{Go?}} -->|left| L
    M -->|right| R
    S --> X --> Y
    S --> K{{Other}}
    """
    play = Play.of(tmp_path, text)

    def settle(nodes: frozenset[str], emit: object, cancellation: object) -> None:
        assert callable(emit)
        resource = {"component": "vpc", "address": "a.b", "resource_type": "a", "action": "create", "state": "complete"}
        emit(Event(EventType.RESOURCE, "S", data=resource | {"seconds": 1, "message": "m"}))
        emit(Event(EventType.PLAN, data={"component": "vpc", "add": 1, "change": 2, "destroy": 3}))

    worker = FakeWorker(
        {"F": fails(), "A": fails_until(2), "X": fails()},
        {"Q": "yes"},
        {"A": Policy(RetryPolicy(2, delay=0.001))},
        on_settle=settle,
    )
    stops = Options(wait=False, auto_approve=True, poll=0.02)
    jsonschema.validate(to_json(play.record()), schema())
    jsonschema.validate(to_json(play.run(worker, stops)), schema())
    record = play.run(FakeWorker(digests={"S": "new"}, answers={"Q": "yes"}, on_settle=settle), stops)
    jsonschema.validate(to_json(record), schema())
    shown = to_json(record)
    assert (shown["version"], shown["status"]) == (1, "waiting")
    jsonschema.validate(to_json(Play.of(tmp_path, "S --> F").run(FakeWorker(on_settle=settle))), schema())


def test_what_came_before_the_start_is_no_part_of_the_time(tmp_path: Path) -> None:
    record = record_of(Play.of(tmp_path, "A"), Event(EventType.NOTICE, data={"message": "x"}), STARTED)
    assert (record.started, record.seconds) == (102.0, 0.0)


def test_cancelled_runs_say_how(tmp_path: Path) -> None:
    record = record_of(
        Play.of(tmp_path, "A --> B"),
        STARTED,
        Event(EventType.CANCEL_REQUESTED, data={"level": "interrupt"}),
        Event(EventType.CANCEL_REQUESTED, data={"level": "finish"}),
        Event(EventType.RUN_FINISHED, data={"status": "cancelled"}),
    )
    assert record.cancelled is CancelLevel.INTERRUPT
    assert record.status is RunStatus.CANCELLED
