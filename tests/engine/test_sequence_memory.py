from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mermaid_flow.engine.events import EventType, RunStatus
from mermaid_flow.engine.ports import Visit
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.engine.sequence_memory import ANEW, BEFORE, reusable_replies
from mermaid_flow.engine.sequence_resume import CHANGED
from mermaid_flow.engine.sequence_scope import Scope
from mermaid_flow.handlers.calls import ModuleCall, Result, Skipped
from tests.engine.sequence_running import QUICK, Action, Play, Worker, fails, statuses


def again(old: Play, new: Play, worker: Worker) -> RunRecord:
    """A new run that takes over what still holds of an old one."""
    record = old.record()
    reusable = reusable_replies(old.tree, record.events, record.id, new.tree)
    new.executor(worker, QUICK, reusable=reusable).run()
    return new.record()


def reasons(record: RunRecord) -> dict[str, str]:
    """Why what was done before is done again, by node."""
    prefix = "not taken over: "
    notices = {node.id: node.last.notices for node in record.nodes.values() if node.last}
    return {node: text.removeprefix(prefix) for node, texts in notices.items() for text in texts if prefix in text}


def says(**values: object) -> Action:
    return lambda _: values


def test_a_new_run_goes_on_behind_what_still_holds(tmp_path: Path) -> None:
    old = Play.of(tmp_path, "A->>B: one\nB-->>A: done\nA->>B: two\nA->>B: three")
    old.run(Worker({"one": says(id=1), "two": says(id=2), "three": fails}))
    new = Play.of(tmp_path, "A->>B: one\nB-->>A: done\nA->>B: two\nA->>B: three\nA->>B: four")
    seen: list[Mapping[str, object]] = []
    worker = Worker({"three": lambda visit: seen.append(dict(visit.values))})
    record = again(old, new, worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["4", "5"]
    assert seen == [{"1": {"id": 1}, "one": {"id": 1}, "3": {"id": 2}, "two": {"id": 2}}]
    last = record.nodes["1"].last
    assert last is not None
    assert last.reused == {"run": old.folder.id, "visit": 1}
    assert record.values == {"1": {"id": 1}, "2": {"id": 1}, "3": {"id": 2}}


def test_a_changed_message_is_sent_and_what_depends_on_its_reply(tmp_path: Path) -> None:
    old = Play.of(tmp_path, "A->>B: one\nA->>B: two\nA->>B: three")
    old.run(Worker({"one": says(id=1)}))
    for text in ("A->>B: uno\nA->>B: two\nA->>B: three", "A->>C: one\nA->>B: two\nA->>B: three"):
        worker = Worker({"uno": says(id=1), "1": says(id=7)})
        record = again(old, Play.of(tmp_path, text), worker)
        assert worker.ran == ["1", "2", "3"]
        assert reasons(record) == {"2": BEFORE, "3": BEFORE}


def test_a_changed_handler_runs_and_what_comes_after_it_only_if_it_returns_something_else(tmp_path: Path) -> None:
    old = Play.of(tmp_path, "A->>B: one\nA->>B: two")
    old.run(Worker({"one": says(id=1)}))
    worker = Worker({"one": says(id=1)}, digests={"1": "new"})
    assert reasons(again(old, Play.of(tmp_path, "A->>B: one\nA->>B: two"), worker)) == {"1": CHANGED}
    assert worker.ran == ["1"]
    worker = Worker({"one": says(id=2)}, digests={"1": "new"})
    assert reasons(again(old, Play.of(tmp_path, "A->>B: one\nA->>B: two"), worker)) == {"1": CHANGED, "2": BEFORE}
    assert worker.ran == ["1", "2"]


ITEMS = "loop For each env\nA->>B: check\nA->>B: store\nend\nA->>B: report"


def at(visit: Visit) -> object:
    return {"at": visit.items["env"]}


def test_one_more_item_costs_one_more_lap(tmp_path: Path) -> None:
    old = Play.of(tmp_path, ITEMS)
    old.run(Worker({"check": at}, {"loop1": ["dev", "prod"]}))
    worker = Worker({"check": at}, {"loop1": ["new", "dev", "prod"]})
    record = again(old, Play.of(tmp_path, ITEMS), worker)
    assert worker.ran == ["loop1", "1-1", "2-1", "3"]
    assert reasons(record) == {"1-1": BEFORE, "2-1": BEFORE, "3": BEFORE}
    assert record.values["1-3"] == {"at": "prod"}
    worker = Worker({"check": at}, {"loop1": ["prod"]})
    again(old, Play.of(tmp_path, ITEMS), worker)
    assert worker.ran == ["loop1", "3"]


@pytest.mark.parametrize("kind", ["while", "until"])
def test_a_loop_with_a_condition_asks_anew(tmp_path: Path, kind: str) -> None:
    text = f"A->>B: begin\nloop {kind} it rains\nopt yes\nA->>B: look\nend\nend\nA->>B: end"
    answers = {"loop1": kind == "until", "opt1": True}
    if kind == "while":
        answers["loop1"] = lambda visit: visit.node.id == "loop1-1"  # type: ignore[assignment]
    old = Play.of(tmp_path, text)
    old.run(Worker(answers=answers))
    worker = Worker(answers=answers)
    record = again(old, Play.of(tmp_path, text), worker)
    assert [node for node in worker.ran if not node.startswith(("loop", "opt"))] == ["2-1"]
    assert reasons(record) == {"2-1": ANEW}


def test_laps_that_are_counted_are_taken_over(tmp_path: Path) -> None:
    text = "loop 3 times\nA->>B: one\nend"
    old = Play.of(tmp_path, text)
    old.run(Worker({"one": lambda visit: {"lap": visit.node.id}}, {"loop1": 3}))
    worker = Worker(answers={"loop1": 3})
    record = again(old, Play.of(tmp_path, text), worker)
    assert worker.ran == ["loop1"]
    assert record.values == {f"1-{lap}": {"lap": f"1-{lap}"} for lap in (1, 2, 3)}


def test_declarations_lives_and_approvals_are_never_taken_over(tmp_path: Path) -> None:
    text = "participant A\ncreate participant B\nA->>B: hello\nA->>B: declare\ndestroy B\nA->>B: bye"
    declaring = {"declare": lambda _: Result({}, (ModuleCall("thing", "thing"),)), "bye": lambda _: Skipped("no")}
    old = Play.of(tmp_path, text)
    old.run(Worker(declaring))
    worker = Worker(declaring)
    record = again(old, Play.of(tmp_path, text), worker)
    assert worker.ran == ["create1", "2", "destroy1"]
    assert statuses(record)["3"] == "succeeded"


def test_why_something_was_skipped_is_taken_over_too(tmp_path: Path) -> None:
    old = Play.of(tmp_path, "A->>B: one")
    old.run(Worker({"one": lambda _: Result({}, skipped="nothing to do")}))
    worker = Worker()
    record = again(old, Play.of(tmp_path, "A->>B: one"), worker)
    last = record.nodes["1"].last
    assert last is not None
    assert (worker.ran, last.skipped) == ([], "nothing to do")


def test_what_ran_again_in_the_old_run_counts_as_it_was_last(tmp_path: Path) -> None:
    old = Play.of(tmp_path, "A->>B: one\nA->>B: two\nA->>B: three")
    old.run(Worker({"one": says(id=1)}))
    old.run(Worker({"two": fails}), start_from="one")
    worker = Worker({"one": says(id=9)})
    record = again(old, Play.of(tmp_path, "A->>B: one\nA->>B: two\nA->>B: three"), worker)
    assert worker.ran == ["2", "3"]
    last = record.nodes["1"].last
    assert last is not None
    assert last.reused == {"run": old.folder.id, "visit": 2}


def test_a_run_that_took_something_over_can_be_resumed_and_taken_over_itself(tmp_path: Path) -> None:
    text = "A->>B: one\nA->>B: two"
    old, new, third = (Play.of(tmp_path, text) for _ in range(3))
    old.run(Worker({"two": fails}))
    assert again(old, new, Worker({"two": fails})).status is RunStatus.FAILED
    worker = Worker()
    assert new.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["2"]
    worker = Worker()
    assert again(new, third, worker).status is RunStatus.SUCCEEDED
    assert worker.ran == []
    assert [event.data["reused"] for event in third.record().events if event.type is EventType.NODE_SUCCEEDED] == [
        {"run": new.folder.id, "visit": 1},
        {"run": new.folder.id, "visit": 2},
    ]


VALUES = st.dictionaries(st.text(), st.integers(), max_size=2)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.text(), st.text(), VALUES)), st.randoms())
def test_a_lineage_tells_whatever_was_returned_and_in_which_order(
    told: list[tuple[str, str, dict[str, int]]], random: Random
) -> None:
    def scope(puts: list[tuple[str, str, dict[str, int]]], ask: bool) -> Scope:
        outer = Scope()
        inner = Scope(outer, "item")
        for number, (step, text, values) in enumerate(puts):
            (outer if number % 2 else inner).put(step, text, values)
            if ask and random.random() < 0.5:
                inner.lineage()
        return inner

    assert scope(told, ask=True).lineage() == scope(told, ask=False).lineage()
    more = [*told, ("x", "y", {"z": 1})]
    assert scope(more, ask=False).lineage() != scope(told, ask=False).lineage()
    assert Scope(None, "item").lineage() != Scope(None, "other").lineage()
