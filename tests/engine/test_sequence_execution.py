"""Sequences carried out by the real executor: order, parallelism, failure, retries, approvals, cancellation, resume."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import jsonschema
import pytest

from mermaid_flow.engine.approvals import Person, approve, reject
from mermaid_flow.engine.cancellation import CancelLevel
from mermaid_flow.engine.events import Event, EventType, NodeStatus, RunStatus
from mermaid_flow.engine.executor import Executor
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import ApprovalNeeded, NodesFailed, Policy, RetryPolicy, Visit
from mermaid_flow.engine.record_json import schema, to_json
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.sequence_builder import build_sequence
from mermaid_flow.handlers.calls import ModuleCall, Result
from tests.engine.sequence_running import NESTED, QUICK, Play, Worker, fails, nested_worker, statuses
from tests.engine.sequences import tree_of


def test_everything_runs_in_the_order_of_the_diagram(tmp_path: Path) -> None:
    record = Play.of(tmp_path, NESTED).run(nested_worker())
    assert record.status is RunStatus.SUCCEEDED
    assert [node.label for node in record.nodes.values()][:9] == [
        "list",
        "For each env",
        "components (dev)",
        "Return components (dev)",
        "For each part (dev)",
        "check (dev, a)",
        "drifted (dev, a)",
        "log (dev, a)",
        "check (dev, b)",
    ]
    assert "6-1-2" in record.nodes
    assert "7-1-1" not in record.nodes
    assert record.values["4-2-1"] == {"at": "prod/a"}
    jsonschema.validate(to_json(record), schema())


def test_a_reply_carries_the_value_of_its_call(tmp_path: Path) -> None:
    worker = Worker({"ask": lambda _: {"x": 1}})
    record = Play.of(tmp_path, "A->>B: ask\nB->>C: look\nC-->>B: seen\nB->>A: Return x").run(worker)
    assert record.values == {"1": {"x": 1}, "4": {"x": 1}}
    assert worker.ran == ["1", "2"]


def test_steps_see_what_was_returned_before_by_text_and_of_laps_all(tmp_path: Path) -> None:
    seen: dict[str, object] = {}

    def report(visit: Visit) -> None:
        seen.update(visit.values)

    worker = nested_worker()
    worker.actions = {**worker.actions, "list": lambda _: {"n": 2}, "report": report}
    Play.of(tmp_path, NESTED).run(worker)
    assert seen["list"] == seen["1"] == {"n": 2}
    laps = seen["For each env"]["laps"]  # type: ignore[index]
    assert [lap["item"] for lap in laps] == ["dev", "prod"]
    assert laps[1]["values"]["For each part"]["laps"][0]["values"]["check"] == {"at": "prod/a"}


def test_laps_run_side_by_side_and_the_trace_keeps_the_order(tmp_path: Path) -> None:
    barrier = threading.Barrier(3, timeout=30)
    last_first = [threading.Event() for _ in range(4)]

    def check(visit: Visit) -> None:
        barrier.wait()
        lap = int(visit.node.id[-1])
        assert lap == 3 or last_first[lap + 1].wait(30)
        last_first[lap].set()

    text = "---\nmflow: {parallel: 3}\n---\nsequenceDiagram\nloop For each x\nA->>B: check\nend\nA->>B: after"
    record = Play.of(tmp_path, text).run(Worker({"check": check}, {"loop1": [1, 2, 3]}))
    assert list(record.nodes) == ["loop1", "1-1", "1-2", "1-3", "2"]
    ended = [event.node for event in record.events if event.type is EventType.NODE_SUCCEEDED]
    assert ended == ["1-3", "1-2", "1-1", "2"]


def test_no_more_laps_than_asked_for_run_at_once(tmp_path: Path) -> None:
    running, most, guard = 0, 0, threading.Lock()

    def check(visit: Visit) -> None:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        visit.cancellation.wait(0.005)
        with guard:
            running -= 1

    text = "---\nmflow: {parallel: {loop1: 2}}\n---\nsequenceDiagram\nloop For each x\nA->>B: check\nend"
    Play.of(tmp_path, text).run(Worker({"check": check}, {"loop1": list(range(10))}))
    assert most <= 2


def test_branches_of_par_run_side_by_side(tmp_path: Path) -> None:
    barrier = threading.Barrier(2, timeout=30)
    worker = Worker({"one": lambda _: barrier.wait() and None, "two": lambda _: barrier.wait() and None})
    record = Play.of(tmp_path, "par x\nA->>B: one\nand y\nA->>B: two\nend\nA->>B: three").run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran[-1] == "3"


def test_while_and_until_and_times(tmp_path: Path) -> None:
    text = "loop while more\nA->>B: one\nend\nloop until done\nA->>B: two\nend\nloop 2 times\nA->>B: three\nend"
    seen: list[object] = []

    def more(visit: Visit) -> bool:
        seen.append(visit.values.get("one"))
        return visit.node.id != "loop1-3"

    laps = {"loop1": more, "loop2": lambda visit: visit.node.id == "loop2-2", "loop3": 2}
    record = Play.of(tmp_path, text).run(Worker({"one": lambda visit: {"in": visit.node.id}}, laps))
    first = ["loop1-1", "1-1", "loop1-2", "1-2", "loop1-3"]
    assert list(record.nodes) == [*first, "2-1", "loop2-1", "2-2", "loop2-2", "loop3", "3-1", "3-2"]
    assert seen == [None, {"in": "1-1"}, {"in": "1-2"}], "a condition sees the lap before"


def test_a_loop_that_is_not_left_in_time_fails(tmp_path: Path) -> None:
    text = "---\nmflow: {max_laps: 2}\n---\nsequenceDiagram\nloop while more\nA->>B: one\nend\nA->>B: never"
    record = Play.of(tmp_path, text).run(Worker(answers={"loop1": True}))
    assert record.status is RunStatus.FAILED
    error = record.nodes["loop1"].last and record.nodes["loop1"].last.error
    assert error and error.code == "loop.laps"
    assert error.kind == "laps"
    assert "2" not in record.nodes


def test_opt_alt_and_break(tmp_path: Path) -> None:
    text = """opt first
A->>B: one
end
loop For each x
  A->>B: two
  break enough
    A->>B: three
  end
  A->>B: four
end
alt p
A->>B: five
else q
A->>B: six
end"""
    answers = {"opt1": False, "loop1": [1, 2, 3], "break1": lambda v: v.node.id == "break1-2", "alt1": None}
    record = Play.of(tmp_path, text).run(Worker(answers=answers))
    assert list(record.nodes) == ["opt1", "loop1", "2-1", "break1-1", "4-1", "2-2", "break1-2", "3-2", "alt1"]
    assert record.status is RunStatus.SUCCEEDED


def test_break_at_the_top_ends_the_sequence(tmp_path: Path) -> None:
    record = Play.of(tmp_path, "break over\nA->>B: one\nend\nA->>B: two").run(Worker(answers={"break1": True}))
    assert list(record.nodes) == ["break1", "1"]
    assert record.status is RunStatus.SUCCEEDED


def test_participants_are_set_up_and_torn_down(tmp_path: Path) -> None:
    text = "A->>A: start\ncreate participant B\nA->>B: hello\ndestroy B\nB->>A: bye\nA->>A: end"
    worker = Worker()
    record = Play.of(tmp_path, text).run(worker)
    assert worker.ran == ["1", "create1", "2", "3", "destroy1", "4"]
    assert record.nodes["create1"].label == "create B"


CRITICAL = """critical connect
A->>B: try
option network
A->>B: offline
option timeout
A->>B: later
end
A->>B: on"""


def test_an_option_handles_the_failure(tmp_path: Path) -> None:
    worker = Worker({"try": fails}, {"critical1": lambda visit: 0 if visit.items["error"]["code"] == "network" else 1})
    record = Play.of(tmp_path, CRITICAL).run(worker)
    assert list(record.nodes) == ["1", "critical1", "2", "4"]
    assert record.status is RunStatus.SUCCEEDED
    assert record.failures == ()


def test_a_failure_that_no_option_handles_ends_the_run(tmp_path: Path) -> None:
    play = Play.of(tmp_path, CRITICAL)
    record = play.run(Worker({"try": fails}, {"critical1": None}))
    assert (record.status, record.failures) == (RunStatus.FAILED, ("1",))
    assert list(record.nodes) == ["1", "critical1"]
    resumed = play.run(Worker({"try": lambda _: None}))
    assert list(resumed.nodes) == ["1", "4"]
    assert resumed.status is RunStatus.SUCCEEDED


def test_a_caught_failure_is_finished_business_on_resume(tmp_path: Path) -> None:
    play = Play.of(tmp_path, CRITICAL)
    assert play.run(Worker({"try": fails, "on": fails}, {"critical1": 0})).failures == ("4",)
    worker = Worker()
    assert play.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["4"]


def test_a_failure_in_one_lap_lets_the_other_laps_end(tmp_path: Path) -> None:
    text = "---\nmflow: {parallel: 2}\n---\nsequenceDiagram\nloop For each x\nA->>B: check\nend\nA->>B: after"
    worker = Worker({"1-1": fails}, {"loop1": [1, 2, 3]})
    record = Play.of(tmp_path, text).run(worker)
    assert statuses(record) == {"loop1": "succeeded", "1-1": "failed", "1-2": "succeeded", "1-3": "succeeded"}
    assert record.status is RunStatus.FAILED


def test_fail_fast_stops_the_other_branches(tmp_path: Path) -> None:
    stopped = threading.Event()
    started = threading.Event()

    def slow(visit: Visit) -> None:
        started.set()
        assert visit.cancellation.wait(30)
        stopped.set()
        visit.cancellation.raise_if_requested()

    def quick(visit: Visit) -> object:
        assert started.wait(30)
        return fails(visit)

    text = "par a\nA->>B: slow\nA->>B: more\nand b\nA->>B: quick\nend"
    options = Options(grace=0.2, poll=0.02, fail_fast=True)
    record = Play.of(tmp_path, text).run(Worker({"slow": slow, "quick": quick}), options)
    assert stopped.is_set()
    assert statuses(record) == {"1": "cancelled", "3": "failed"}
    assert record.status is RunStatus.FAILED


def test_retries_and_timeouts_are_those_of_flowcharts(tmp_path: Path) -> None:
    def second_time(visit: Visit) -> object:
        return fails(visit) if visit.attempt == 1 else {"attempt": visit.attempt}

    policies = {
        "again": Policy(RetryPolicy(attempts=2, delay=0.001)),
        "slow": Policy(timeout=0.01),
    }
    worker = Worker({"again": second_time, "slow": lambda visit: visit.cancellation.wait(30)}, policies=policies)
    record = Play.of(tmp_path, "A->>B: again\nA->>B: slow").run(worker)
    assert record.values["1"] == {"attempt": 2}
    last = record.nodes["2"].last
    assert last and last.error and last.error.kind == "timeout"


def test_a_message_to_a_person_waits_for_an_approval(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "actor Boss\nA->>Boss: Return this")
    tree = tree_of("sequenceDiagram\nactor Boss\nA->>Boss: Return this\nA->>A: go")
    play = Play(tree, RunFolder.create(tmp_path, tree.diagram.source, diagram="talk", graph=tree))
    record = play.run(Worker(), Options(wait=False, poll=0.02))
    assert record.status is RunStatus.WAITING
    [waiting] = record.waiting
    assert waiting.prompt == "Return this"
    with play.folder.journal() as journal:
        approve(journal, "1", Person("ann"), comment="fine")
    worker = Worker()
    record = play.run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["2"]


def test_handlers_may_ask_for_an_approval_and_it_may_be_refused(tmp_path: Path) -> None:
    def ask(_: Visit) -> object:
        raise ApprovalNeeded("sure?")

    play = Play.of(tmp_path, "A->>B: risky\nA->>B: after")
    assert play.run(Worker({"risky": ask}), Options(wait=False, poll=0.02)).status is RunStatus.WAITING

    def refuse(event: Event) -> None:
        if event.type is EventType.RUN_STARTED:
            with play.folder.journal() as journal:
                reject(journal, "1", Person("bob"))

    executor = Executor(play.tree, play.folder, Worker(), options=QUICK, observers=[refuse])
    assert executor.run() is RunStatus.FAILED
    assert play.record().nodes["1"].status is NodeStatus.FAILED
    approving = Options(auto_approve=True, poll=0.02)
    assert play.run(Worker({"risky": ask}), approving).status is RunStatus.SUCCEEDED


def boss_says_no(tmp_path: Path, body: str) -> Play:
    """A run that a person has refused to let go on while nobody worked on it."""
    diagram = tree_of(f"sequenceDiagram\nactor Boss\n{body}").diagram
    tree = build_sequence(diagram, "talk", has_handler=lambda receiver, _: receiver == "B")
    play = Play(tree, RunFolder.create(tmp_path, tree.diagram.source, diagram="talk", graph=tree))
    assert play.run(Worker(), Options(wait=False, poll=0.02)).status is RunStatus.WAITING
    with play.folder.journal() as journal:
        reject(journal, "1", Person("bob"))
    return play


def test_who_said_no_is_asked_again_when_the_run_is_resumed(tmp_path: Path) -> None:
    play = boss_says_no(tmp_path, "A->>Boss: May I?\nA->>B: go")
    record = play.run(Worker(), Options(wait=False, poll=0.02))
    assert record.status is RunStatus.WAITING
    assert [visit.number for visit in record.nodes["1"].visits] == [1, 2]


def test_a_rejection_that_an_option_handles_is_finished_business(tmp_path: Path) -> None:
    body = "critical\nA->>Boss: May I?\nA->>B: go\noption rejected\nA->>B: stay\nend\nA->>B: end"
    play = boss_says_no(tmp_path, body)
    worker = Worker({"end": fails}, {"critical1": 0})
    assert play.run(worker).status is RunStatus.FAILED
    assert worker.ran == ["critical1", "3", "4"]
    worker = Worker()
    assert play.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["4"]


@pytest.mark.parametrize("level", [CancelLevel.FINISH, CancelLevel.INTERRUPT, CancelLevel.KILL])
def test_a_cancelled_run_starts_nothing_more_and_is_resumed_there(tmp_path: Path, level: CancelLevel) -> None:
    play = Play.of(tmp_path, "A->>B: one\nA->>B: two")
    executors: list[Executor] = []
    over = threading.Event()

    def one(visit: Visit) -> None:
        executors[0].cancel(level)
        if level is CancelLevel.KILL:
            assert over.wait(30)
        if level is CancelLevel.INTERRUPT:
            assert visit.cancellation.wait(30)
            visit.cancellation.raise_if_requested()

    worker = Worker({"one": one})
    executors.append(play.executor(worker))
    assert executors[0].run() is RunStatus.CANCELLED
    over.set()
    assert worker.ran == ["1"]
    resumed = Worker()
    assert play.run(resumed).status is RunStatus.SUCCEEDED
    assert resumed.ran == (["2"] if level is CancelLevel.FINISH else ["1", "2"])


def test_a_retry_that_waits_for_its_turn_is_given_up_when_the_run_is_cancelled(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A->>B: one")
    executors: list[Executor] = []

    def one(visit: Visit) -> object:
        executors[0].cancel(CancelLevel.FINISH)
        return fails(visit)

    worker = Worker({"one": one}, policies={"one": Policy(RetryPolicy(attempts=9, delay=60, jitter=False))})
    executors.append(play.executor(worker))
    assert executors[0].run() is RunStatus.CANCELLED
    assert worker.ran == ["1"]


def test_an_attempt_that_waits_for_room_is_given_up_when_the_run_is_cancelled(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "par\nA->>B: one\nand\nA->>B: two\nend")
    executors: list[Executor] = []
    waits = threading.Event()

    def two(_: Visit) -> None:
        assert waits.wait(30)
        executors[0].cancel(CancelLevel.FINISH)

    def after_the_pause() -> list[Event]:
        waits.set()
        return []

    def watch(event: Event) -> None:
        if event.type is EventType.NODE_RETRIED:
            executors[0]._attendance.alarms.set(0.0, after_the_pause)

    worker = Worker({"one": fails, "two": two}, policies={"one": Policy(RetryPolicy(attempts=9, delay=0))})
    options = Options(parallel=1, poll=0.02)
    executors.append(Executor(play.tree, play.folder, worker, options=options, observers=[watch]))
    assert executors[0].run() is RunStatus.CANCELLED
    assert worker.ran == ["1", "2"]
    assert statuses(play.record()) == {"1": "cancelled", "2": "succeeded"}


def test_what_is_applied_for_a_node_of_an_earlier_process_can_fail_it(tmp_path: Path) -> None:
    def settle(_: frozenset[str]) -> None:
        raise NodesFailed({"1": MflowError("of this run, applied before"), "9": MflowError("of another run")})

    play = Play.of(tmp_path, "A->>B: one\nA->>B: declare")
    worker = Worker({"declare": lambda _: Result({}, (ModuleCall("thing", "thing"),))}, on_settle=settle)
    record = play.run(worker)
    assert record.status is RunStatus.FAILED
    assert statuses(record) == {"1": "failed", "2": "succeeded"}


def test_a_run_goes_on_from_a_named_step(tmp_path: Path) -> None:
    play = Play.of(tmp_path, NESTED)
    play.run(nested_worker())
    worker = nested_worker()
    play.run(worker, start_from="6-2-2")
    assert worker.ran == ["6-2-2", "7"]
    worker = nested_worker()
    play.run(worker, start_from="report")
    assert worker.ran == ["7"]
    with pytest.raises(MflowError, match="no step 'reprot' has begun") as raised:
        play.run(nested_worker(), start_from="reprot")
    assert raised.value.hint == "did you mean 'report'?"


def test_a_changed_handler_runs_again_with_all_that_came_after_it(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A->>B: one\nA->>B: two\nA->>B: three")
    play.run(Worker())
    worker = Worker(digests={"2": "changed"})
    record = play.run(worker)
    assert worker.ran == ["2", "3"]
    assert [visit.number for visit in record.nodes["2"].visits] == [1, 2]


def test_declared_work_is_applied_at_the_end_and_can_fail(tmp_path: Path) -> None:
    applied: list[frozenset[str]] = []

    def settle(nodes: frozenset[str]) -> None:
        applied.append(nodes)
        if len(applied) == 1:
            raise NodesFailed({"1": MflowError("no")})

    def declare(_: Visit) -> Result:
        return Result({}, (ModuleCall("thing", "thing"),))

    play = Play.of(tmp_path, "A->>B: declare\nA->>B: other")
    record = play.run(Worker({"declare": declare}, on_settle=settle))
    assert (record.status, record.failures) == (RunStatus.FAILED, ("1",))
    assert record.nodes["1"].status is NodeStatus.FAILED
    again = Worker({"declare": declare}, on_settle=settle)
    assert play.run(again).status is RunStatus.SUCCEEDED
    assert (again.ran, applied) == (["1"], [frozenset({"1"}), frozenset({"1"})])


def test_an_interrupted_step_follows_its_policy(tmp_path: Path) -> None:
    for policy, expected in (("rerun", False), ("reconcile", True)):
        play = Play.of(tmp_path, "A->>B: one\nA->>B: two")
        with play.folder.journal() as journal:
            journal.append([Event(EventType.RUN_STARTED), Event(EventType.NODE_STARTED, "1", data={"attempt": 1})])
        worker = Worker(policies={"one": Policy(on_interrupted=policy)})  # type: ignore[arg-type]
        assert play.run(worker).status is RunStatus.SUCCEEDED
        assert [visit.interrupted for visit in worker.visits] == [expected, False]
    play = Play.of(tmp_path, "A->>B: one\nA->>B: two")
    with play.folder.journal() as journal:
        journal.append([Event(EventType.RUN_STARTED), Event(EventType.NODE_STARTED, "1", data={"attempt": 1})])
    record = play.run(Worker(policies={"one": Policy(on_interrupted="fail")}))
    assert (record.status, statuses(record)) == (RunStatus.FAILED, {"1": "failed"})


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from mermaid_flow.engine.folder import RunFolder
from tests.engine.test_sequence_execution import NESTED, QUICK, nested_worker, Play
from tests.engine.sequence_running import QUICK, Play, Worker, fails, nested_worker, statuses, NESTED
from tests.engine.sequences import tree_of

folder = RunFolder.open(Path({folder!r}))
worker = nested_worker()
check = worker.actions["check"]

def dying(visit):
    with open({effects!r}, "a") as effects:
        effects.write(visit.node.id + "\\n")
    if visit.node.id == "4-2-1":
        os.kill(os.getpid(), signal.SIGKILL)
    return check(visit)

worker.actions = {{**worker.actions, "check": dying}}
Play(tree_of(NESTED), folder).run(worker)
"""


def test_a_kill_in_the_nested_loop_resumes_at_the_component_where_it_was(tmp_path: Path) -> None:
    play = Play.of(tmp_path, NESTED)
    effects = tmp_path / "effects"
    root = str(Path(__file__).parents[2])
    code = KILLED.format(root=root, folder=str(play.folder.path), effects=str(effects))
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "COVERAGE_PROCESS_START": ""}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert play.record().status is RunStatus.INTERRUPTED
    assert play.record().nodes["4-2-1"].status is NodeStatus.RUNNING
    worker = nested_worker()
    record = play.run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran[0] == "4-2-1"
    assert [*effects.read_text().split(), *(node for node in worker.ran if node.startswith("4-"))] == (
        ["4-1-1", "4-1-2", "4-2-1", "4-2-1", "4-2-2"]
    )
