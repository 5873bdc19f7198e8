from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Policy, RetryPolicy, Visit
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.engine.resume import find_node, reusable
from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import ModuleCall, Result
from tests.engine.running import FakeWorker, Play, fails, graph_of, statuses


def cut(play: Play, after: EventType, node: str) -> None:
    """Leave the journal as a process leaves it that is killed right after this event."""
    path = play.folder.path / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    events = play.record().events
    last = max(event.seq for event in events if (event.type, event.node) == (after, node))
    path.write_bytes(b"".join(lines[:last]))


def reasons(record: RunRecord) -> dict[str, str]:
    resets = (event for event in record.events if event.type is EventType.NODE_RESET)
    return {event.node or "": str(event.data["reason"]) for event in resets}


def test_a_resume_keeps_what_succeeded_and_runs_the_rest(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B --> C\nA --> D")
    assert play.run(FakeWorker({"B": fails()})).status is RunStatus.FAILED
    worker = FakeWorker()
    record = play.run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["B", "C"]
    assert reasons(record) == {"B": "it failed", "C": "it was blocked"}
    assert [visit.number for visit in record.nodes["B"].visits] == [1, 2]
    assert record.nodes["B"].visits[0].reset == "it failed"
    assert [visit.number for visit in record.nodes["C"].visits] == [2]


def test_a_resumed_node_sees_the_values_of_kept_ones(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B")
    play.run(FakeWorker({"A": lambda _: {"id": "vpc-1"}, "B": fails()}))
    seen: list[object] = []
    play.run(FakeWorker({"B": lambda visit: seen.append(visit.values["A"]["id"])}))
    assert seen == ["vpc-1"]


def test_resuming_a_finished_run_does_nothing(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B")
    play.run(FakeWorker())
    worker = FakeWorker()
    assert play.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == []


def test_each_part_of_a_run_is_timed_by_itself(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A")
    play.run(FakeWorker({"A": fails()}))
    play.run(FakeWorker())
    finished = play.events(EventType.RUN_FINISHED)
    assert play.record().seconds == pytest.approx(sum(float(str(event.data["seconds"])) for event in finished))
    started = play.events(EventType.RUN_STARTED)
    assert [event.data.get("resumed") for event in started] == [None, True]


# In flight at a crash


@pytest.mark.parametrize(("policy", "interrupted"), [("rerun", False), ("reconcile", True)])
def test_a_node_in_flight_at_a_crash_runs_again(tmp_path: Path, policy: str, interrupted: bool) -> None:
    play = Play.of(tmp_path, "A --> B")
    play.run(FakeWorker())
    cut(play, EventType.NODE_STARTED, "B")
    assert play.record().status is RunStatus.INTERRUPTED
    worker = FakeWorker(policies={"B": Policy(on_interrupted=policy)})  # type: ignore[arg-type]  # a Literal
    record = play.run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["B"]
    assert worker.visits[0].interrupted is interrupted
    (event,) = play.events(EventType.NODE_INTERRUPTED)
    assert event.data == {"policy": policy}
    assert record.nodes["B"].visits[0].interrupted


def test_a_node_in_flight_at_a_crash_can_fail_instead(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B\nA --> C --> D")
    play.run(FakeWorker(), Options(parallel=1, poll=0.02))
    cut(play, EventType.NODE_STARTED, "B")
    record = play.run(FakeWorker(policies={"B": Policy(on_interrupted="fail")}))
    assert record.status is RunStatus.FAILED
    assert statuses(record) == {"A": "succeeded", "B": "failed", "C": "succeeded", "D": "succeeded"}
    error = record.nodes["B"].visits[0].error
    assert error is not None
    assert error.code == "interrupted"
    worker = FakeWorker(policies={"B": Policy(on_interrupted="fail")})
    assert play.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["B"]


def test_a_second_crash_is_reconciled_as_well(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A")
    policies = {"A": Policy(on_interrupted="reconcile")}
    play.run(FakeWorker())
    for _ in range(2):
        cut(play, EventType.NODE_STARTED, "A")
        worker = FakeWorker(policies=policies)
        play.run(worker)
        assert worker.visits[0].interrupted


def test_a_pause_between_attempts_is_no_attempt_in_flight(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A")
    policy = Policy(RetryPolicy(2, delay=0.001), on_interrupted="fail")
    play.run(FakeWorker({"A": fails()}, policies={"A": policy}))
    cut(play, EventType.NODE_RETRIED, "A")
    assert play.run(FakeWorker(policies={"A": policy})).status is RunStatus.SUCCEEDED


def test_a_decision_in_flight_is_simply_asked_again(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "Q{Q} -->|yes| A\nQ -->|no| B")
    play.run(FakeWorker(answers={"Q": "yes"}))
    cut(play, EventType.NODE_STARTED, "Q")
    worker = FakeWorker(answers={"Q": "yes"}, policies={"Q": Policy(on_interrupted="fail")})
    assert play.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["Q", "A"]


def test_a_settlement_in_flight_is_done_again(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A")
    play.run(FakeWorker())
    cut(play, EventType.NODE_SUCCEEDED, "A")
    worker = FakeWorker()
    assert play.run(worker).status is RunStatus.SUCCEEDED
    assert worker.settled == [frozenset({"A"})]


def test_a_loop_goes_on_in_its_lap(tmp_path: Path) -> None:
    def laps(visit: Visit) -> str:
        return "again" if visit.number < 4 else "done"

    play = Play.of(tmp_path, "A --> B --> Q{Q} -->|again| B\nQ -->|done| E")
    play.run(FakeWorker({"Q": laps}))
    path = play.folder.path / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    for length in range(1, len(lines)):
        path.write_bytes(b"".join(lines[:length]))
        before = play.record()
        done = {(visit.node, visit.number) for visit in before.visits if visit.status == "succeeded"}
        worker = FakeWorker({"Q": laps})
        record = play.run(worker)
        assert record.status is RunStatus.SUCCEEDED
        assert record.laps == {"B": 4}
        assert done.isdisjoint((visit.node.id, visit.number) for visit in worker.visits)


# Changed inputs


def test_a_node_whose_inputs_changed_runs_again_and_says_so(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B --> C")
    play.run(FakeWorker(digests={"B": "old"}))
    worker = FakeWorker(digests={"B": "new"})
    record = play.run(worker)
    assert worker.ran == ["B"]
    assert reasons(record) == {
        "B": "its handler, or what the handler reads, has changed",
        "C": "something before it runs again",
    }
    last = record.nodes["C"].last
    assert last is not None
    assert last.reused == {"visit": 1}


def test_what_follows_runs_again_only_when_it_gets_other_values(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B --> C --> D")
    first = FakeWorker({"B": lambda _: {"id": 1}, "C": lambda _: {"name": "x"}}, digests={"B": "old"})
    play.run(first)
    second = FakeWorker({"B": lambda _: {"id": 2}, "C": lambda _: {"name": "x"}}, digests={"B": "new"})
    record = play.run(second)
    assert second.ran == ["B", "C", "D"]  # D comes after B as well and may read its values
    assert record.values == {"B": {"id": 2}, "C": {"name": "x"}}


def test_an_unknown_digest_is_no_change(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B")
    play.run(FakeWorker(digests={"A": "old"}))
    worker = FakeWorker(digests={"A": "", "B": ""})
    play.run(worker)
    assert worker.ran == []


def test_a_decision_whose_inputs_changed_is_answered_again(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "Q{Q} -->|yes| A\nQ -->|no| B\nA & B --> E")
    play.run(FakeWorker(answers={"Q": "yes"}, digests={"Q": "old"}))
    worker = FakeWorker(answers={"Q": "no"}, digests={"Q": "new"})
    record = play.run(worker)
    assert worker.ran == ["Q", "B", "E"]
    assert statuses(record) == {"Q": "succeeded", "A": "skipped", "B": "succeeded", "E": "succeeded"}
    assert [decision.value for decision in record.decisions] == ["no"]


def test_what_was_only_declared_is_declared_again(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B")
    declares = {"B": lambda _: Result({}, (ModuleCall("vpc", "vpc"),))}
    play.run(FakeWorker(declares, digests={"A": "old"}))
    worker = FakeWorker(declares, digests={"A": "new"})
    play.run(worker)
    assert worker.ran == ["A", "B"]


def test_a_skip_on_purpose_is_kept_with_its_reason(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B")
    skips = {"B": lambda _: Result(skipped="not wanted")}
    play.run(FakeWorker(skips, digests={"A": "old"}))
    record = play.run(FakeWorker(skips, digests={"A": "new"}))
    last = record.nodes["B"].last
    assert last is not None
    assert (last.skipped, last.reused) == ("not wanted", {"visit": 1})


# --from


@pytest.mark.parametrize("name", ["B", "Build it"])
def test_from_runs_a_node_and_everything_after_it_again(tmp_path: Path, name: str) -> None:
    play = Play.of(tmp_path, "A --> B[Build it] --> C\nA --> D")
    play.run(FakeWorker())
    worker = FakeWorker()
    record = play.run(worker, start_from=name)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["B", "C"]
    assert reasons(record) == {"B": "asked for", "C": "something before it runs again"}


def test_from_an_unknown_node_is_refused_before_anything_happens(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> Build")
    play.run(FakeWorker())
    before = play.events()
    with pytest.raises(MflowError, match="no node 'Biuld'") as caught:
        play.run(FakeWorker(), start_from="Biuld")
    assert caught.value.hint == "did you mean 'Build'?"
    assert play.events() == before


def test_a_label_of_several_nodes_is_no_name() -> None:
    graph = graph_of("A[Same] --> B[Same]")
    with pytest.raises(MflowError) as caught:
        find_node(graph, "Same")
    assert caught.value.hint == "use an id: A, B"


def test_what_was_rolled_back_runs_again(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B\nA -->|rollback| U[Undo A]")
    record = play.run(FakeWorker({"B": fails()}))
    assert statuses(record) == {"A": "succeeded", "B": "failed", "U": "succeeded"}
    worker = FakeWorker()
    record = play.run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["A", "B"]
    assert reasons(record)["A"] == "U rolled it back"


# --from-run


def take_over(old: Play, new: Play, worker: FakeWorker) -> RunRecord:
    results = reusable(old.graph, old.record().events, old.folder.id, new.graph)
    return new.run(worker, reusable=results)


def test_a_new_run_takes_over_what_is_still_valid(tmp_path: Path) -> None:
    old = Play.of(tmp_path, "A --> B --> C")
    old.run(FakeWorker({"A": lambda _: {"id": 1}, "B": lambda _: {"x": 1}, "C": fails()}))
    new = Play.of(tmp_path, "A --> B --> C --> D")
    worker = FakeWorker()
    record = take_over(old, new, worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["C", "D"]
    assert record.values == {"A": {"id": 1}, "B": {"x": 1}}
    last = record.nodes["A"].last
    assert last is not None
    assert last.reused == {"run": old.folder.id, "visit": 1}


def test_a_new_run_does_not_take_over_what_has_changed(tmp_path: Path) -> None:
    old = Play.of(tmp_path, "A --> B --> C[Old label]\nX")
    old.run(FakeWorker({"A": lambda _: {"id": 1}}, digests={"A": "old"}))
    new = Play.of(tmp_path, "A --> B --> C[New label]")
    worker = FakeWorker({"A": lambda _: {"id": 2}}, digests={"A": "new"})
    take_over(old, new, worker)
    assert worker.ran == ["A", "B", "C"]


def test_taking_over_and_resuming_go_together(tmp_path: Path) -> None:
    old = Play.of(tmp_path, "A --> B --> C")
    old.run(FakeWorker({"A": lambda _: {"id": 1}}))
    new = Play.of(tmp_path, "A --> B --> D")
    take_over(old, new, FakeWorker({"D": fails()}))
    worker = FakeWorker()
    assert new.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["D"]


def names(events: Sequence[Event]) -> list[str | None]:
    return [event.node for event in events]


def test_waiting_nodes_are_not_asked_twice(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "M{{Go?}} --> A\nB")
    stops = Options(wait=False, poll=0.02)
    play.run(FakeWorker({"B": fails()}), stops)
    record = play.run(FakeWorker(), stops)
    assert record.status is RunStatus.WAITING
    assert names(play.events(EventType.NODE_WAITING)) == ["M"]
