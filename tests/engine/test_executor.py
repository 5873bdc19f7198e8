from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from mermaid_flow.engine.events import Event, EventType, NodeStatus, RunStatus
from mermaid_flow.engine.executor import Executor
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import ApprovalNeeded, NodesFailed, Policy, RetryPolicy, Visit
from mermaid_flow.errors import Location, MflowError, Problems
from mermaid_flow.handlers.calls import ModuleCall, Result
from mermaid_flow.handlers.context import Cancellation
from tests.engine.running import QUICK, FakeWorker, Gate, Play, fails, fails_until, in_background, statuses

DIAMOND = "A --> B & C --> D"


def test_a_worker_need_not_know_digests(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A")
    play.run(FakeWorker(digests={"A": ""}))
    (event,) = play.events(EventType.NODE_SUCCEEDED)
    assert event.data.keys() == {"values", "seconds"}


def test_a_diamond_runs_every_node_once_and_joins(tmp_path: Path) -> None:
    worker = FakeWorker()
    record = Play.of(tmp_path, DIAMOND).run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert sorted(worker.ran) == ["A", "B", "C", "D"]
    assert (worker.ran[0], worker.ran[-1]) == ("A", "D")


def test_independent_nodes_run_at_the_same_time(tmp_path: Path) -> None:
    barrier = threading.Barrier(2, timeout=30)
    worker = FakeWorker({"B": lambda _: barrier.wait() and None, "C": lambda _: barrier.wait() and None})
    assert Play.of(tmp_path, DIAMOND).run(worker).status is RunStatus.SUCCEEDED


def test_no_more_than_parallel_nodes_run_at_once(tmp_path: Path) -> None:
    gauge = Gauge()
    worker = FakeWorker({f"N{i}": gauge for i in range(12)})
    text = "S --> " + " & ".join(f"N{i}" for i in range(12))
    record = Play.of(tmp_path, text).run(worker, Options(parallel=3, poll=0.02))
    assert record.status is RunStatus.SUCCEEDED
    assert gauge.most <= 3


def test_a_subgraph_has_a_limit_of_its_own(tmp_path: Path) -> None:
    gauge = Gauge()
    inside = "\n".join(f"N{i}[N{i}]" for i in range(8))
    text = f"subgraph g\n{inside}\nend\nS --> " + " & ".join([f"N{i}" for i in range(8)] + ["X", "Y"])
    worker = FakeWorker({f"N{i}": gauge for i in range(8)})
    record = Play.of(tmp_path, text).run(worker, Options(parallel=5, limits={"g": 2}, poll=0.02))
    assert record.status is RunStatus.SUCCEEDED
    assert gauge.most <= 2


def test_ready_nodes_start_in_source_order(tmp_path: Path) -> None:
    worker = FakeWorker()
    Play.of(tmp_path, "S --> B & A & C\nA --> D").run(worker, Options(parallel=1))
    assert worker.ran == ["S", "B", "A", "C", "D"]


def test_every_start_is_on_the_disk_before_the_handler_runs(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B")
    seen: list[bool] = []

    def look(visit: Visit) -> None:
        started = [event.node for event in play.events(EventType.NODE_STARTED)]
        seen.append(visit.node.id in started)

    play.run(FakeWorker({"A": look, "B": look}))
    assert seen == [True, True]


def test_a_decision_takes_its_edges_and_is_recorded_with_its_origin(tmp_path: Path) -> None:
    worker = FakeWorker(answers={"Q": "yes"})
    record = Play.of(tmp_path, "Q{Sure?} -->|yes| A\nQ -->|no| B\nA & B --> E").run(worker)
    assert statuses(record) == {"Q": "succeeded", "A": "succeeded", "B": "skipped", "E": "succeeded"}
    (decision,) = record.decisions
    assert (decision.value, decision.labels, decision.source, decision.where) == (
        "yes",
        ("yes",),
        "vars",
        "vars.yaml:1:1",
    )


def test_a_decision_without_an_answer_fails(tmp_path: Path) -> None:
    def no_answer(_: Visit) -> object:
        raise MflowError("nothing answers it", code="decision.unanswered", hint="write vars", where=place())

    def place() -> Location:
        return Location("vars.yaml", 3, 1, 3, 2)

    record = Play.of(tmp_path, "Q{Sure?} -->|yes| A").run(FakeWorker({"Q": no_answer}))
    assert record.status is RunStatus.FAILED
    visit = record.nodes["Q"].visits[0]
    assert visit.error is not None
    assert (visit.error.code, visit.error.message, visit.error.hint) == (
        "decision.unanswered",
        "nothing answers it",
        "write vars",
    )
    assert record.nodes["A"].status is NodeStatus.BLOCKED


def test_handlers_see_what_their_ancestors_returned_and_nothing_else(tmp_path: Path) -> None:
    seen: dict[str, Mapping[str, Mapping[str, object]]] = {}

    def look(visit: Visit) -> None:
        seen[visit.node.id] = {node: dict(values) for node, values in visit.values.items()}
        assert len(visit.values) == len(seen[visit.node.id])
        assert "C" not in visit.values
        with pytest.raises(KeyError):
            visit.values["C"]

    worker = FakeWorker({"A": lambda _: {"id": (1, 2)}, "C": lambda _: {"c": 1}, "D": look}, {"Q": "yes"})
    Play.of(tmp_path, "A --> Q{Q} -->|yes| D\nQ -->|no| B\nA --> C").run(worker)
    assert seen["D"] == {"A": {"id": [1, 2]}, "Q": {"value": "yes", "labels": ["yes"]}}


def test_a_loop_gives_its_nodes_further_visits(tmp_path: Path) -> None:
    worker = FakeWorker({"Q": lambda visit: "again" if visit.number < 3 else "done"})
    record = Play.of(tmp_path, "A --> B --> Q{Q} -->|again| B\nQ -->|done| E").run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["A", "B", "Q", "B", "Q", "B", "Q", "E"]
    assert [visit.number for visit in record.nodes["B"].visits] == [1, 2, 3]
    assert record.laps == {"B": 3}


def test_a_failure_blocks_what_depends_on_it_and_the_rest_goes_on(tmp_path: Path) -> None:
    record = Play.of(tmp_path, "A --> B --> D\nA --> C --> E").run(FakeWorker({"B": fails("no quota")}))
    assert record.status is RunStatus.FAILED
    assert statuses(record) == {"A": "succeeded", "B": "failed", "D": "blocked", "C": "succeeded", "E": "succeeded"}
    error = record.nodes["B"].visits[0].error
    assert error is not None
    assert (error.code, error.message) == ("handler", "RuntimeError: no quota")
    assert record.failures == ("B",)
    assert record.nodes["D"].visits[0].blocked_by == ("B",)


def test_the_traceback_of_an_unexpected_error_is_in_the_nodes_log(tmp_path: Path) -> None:
    record = Play.of(tmp_path, "A").run(FakeWorker({"A": fails("no quota")}))
    log = record.nodes["A"].visits[0].log.read_text()
    assert "Traceback" in log
    assert "RuntimeError: no quota" in log


def test_a_traceback_that_cannot_be_kept_hides_nothing(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A")
    (play.folder.path / "nodes").write_text("in the way")
    assert play.run(FakeWorker({"A": fails()})).status is RunStatus.FAILED


def test_an_error_without_words_and_several_at_once_are_told(tmp_path: Path) -> None:
    def silent(_: Visit) -> object:
        raise ValueError

    def several(_: Visit) -> object:
        raise Problems([MflowError("first"), MflowError("second")])

    record = Play.of(tmp_path, "A\nB").run(FakeWorker({"A": silent, "B": several}))
    errors = {node.id: node.visits[0].error for node in record.nodes.values()}
    assert errors["A"] is not None
    assert errors["A"].message == "ValueError"
    assert errors["B"] is not None
    assert errors["B"].message == "first\nsecond"


def test_a_handler_that_exits_takes_nothing_with_it(tmp_path: Path) -> None:
    def leave(_: Visit) -> object:
        raise SystemExit(3)

    record = Play.of(tmp_path, "A --> B\nC").run(FakeWorker({"A": leave}))
    assert statuses(record) == {"A": "failed", "B": "blocked", "C": "succeeded"}


def test_values_that_are_not_json_fail_their_node(tmp_path: Path) -> None:
    record = Play.of(tmp_path, "A").run(FakeWorker({"A": lambda _: {"x": object()}}))
    error = record.nodes["A"].visits[0].error
    assert error is not None
    assert error.code == "journal.not_json"


def test_a_catch_edge_is_taken_and_the_run_succeeds(tmp_path: Path) -> None:
    worker = FakeWorker({"A": fails()})
    record = Play.of(tmp_path, "A -->|on error| C\nA --> B").run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert statuses(record) == {"A": "failed", "C": "succeeded", "B": "skipped"}


def test_a_node_that_skips_on_purpose_says_why(tmp_path: Path) -> None:
    record = Play.of(tmp_path, "A").run(FakeWorker({"A": lambda _: Result(skipped="not wanted")}))
    assert record.nodes["A"].visits[0].skipped == "not wanted"
    assert record.nodes["A"].status is NodeStatus.SUCCEEDED


# Retries and timeouts


def test_a_failed_attempt_is_tried_again_after_a_pause(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> B")
    worker = FakeWorker({"A": fails_until(3)}, policies={"A": Policy(RetryPolicy(3, delay=0.01))})
    record = play.run(worker)
    assert record.status is RunStatus.SUCCEEDED
    visit = record.nodes["A"].visits[0]
    assert (visit.attempts, len(visit.retries), visit.values) == (3, 2, {"attempt": 3})
    assert visit.retries[0].message == "RuntimeError: boom"
    retried = play.events(EventType.NODE_RETRIED)
    assert [event.data["attempt"] for event in retried] == [1, 2]
    assert all(0 <= float(str(event.data["delay"])) <= 0.02 for event in retried)


def test_attempts_run_out(tmp_path: Path) -> None:
    worker = FakeWorker({"A": fails()}, policies={"A": Policy(RetryPolicy(2, delay=0.001))})
    record = Play.of(tmp_path, "A").run(worker)
    assert worker.ran == ["A", "A"]
    assert record.status is RunStatus.FAILED
    assert record.nodes["A"].visits[0].attempts == 2


def test_only_errors_that_match_a_pattern_are_tried_again(tmp_path: Path) -> None:
    retry = Policy(RetryPolicy(5, delay=0.001, patterns=("throttl",)))
    worker = FakeWorker(
        {"A": fails("AccessDenied"), "B": fails_until(2, "Throttling")}, policies={"A": retry, "B": retry}
    )
    record = Play.of(tmp_path, "A\nB").run(worker)
    assert statuses(record) == {"A": "failed", "B": "succeeded"}
    assert sorted(worker.ran) == ["A", "B", "B"]


def test_other_nodes_run_while_one_pauses(tmp_path: Path) -> None:
    other = threading.Event()
    play = Play.of(tmp_path, "A\nB")

    def waits_for_other(visit: Visit) -> object:
        if visit.attempt == 1:
            raise RuntimeError
        assert other.wait(30)
        return {}

    worker = FakeWorker(
        {"A": waits_for_other, "B": lambda _: other.set()}, policies={"A": Policy(RetryPolicy(2, delay=0.001))}
    )
    assert play.run(worker, Options(parallel=1, poll=0.02)).status is RunStatus.SUCCEEDED


def test_a_handler_that_is_too_slow_is_told_to_stop_and_has_timed_out(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A -->|on timeout| C\nA --> B")
    record = play.run(FakeWorker({"A": Gate()}, policies={"A": Policy(timeout=0.02)}))
    assert statuses(record) == {"A": "failed", "C": "succeeded", "B": "skipped"}
    error = record.nodes["A"].visits[0].error
    assert error is not None
    assert (error.kind, error.code, error.message) == ("timeout", "timeout", "it did not end within 0.02 s")


def test_a_handler_that_does_not_stop_is_left_behind_and_its_late_result_ignored(tmp_path: Path) -> None:
    gate = Gate(heeds_cancellation=False)
    after = threading.Event()

    def frees_gate(_: Visit) -> object:
        gate.opened.set()
        return after.wait(0.1) and None

    play = Play.of(tmp_path, "A -->|on timeout| C")
    worker = FakeWorker({"A": gate, "C": frees_gate}, policies={"A": Policy(timeout=0.01)})
    record = play.run(worker, Options(parallel=1, grace=0.02, poll=0.02))
    assert statuses(record) == {"A": "failed", "C": "succeeded"}
    assert len(play.events(EventType.NODE_FAILED)) == 1


def test_a_handler_that_stops_when_told_is_done_with(tmp_path: Path) -> None:
    def longer_than_the_grace(visit: Visit) -> None:
        visit.cancellation.wait(0.1)

    worker = FakeWorker({"A": Gate(), "C": longer_than_the_grace}, policies={"A": Policy(timeout=0.01)})
    play = Play.of(tmp_path, "A -->|on timeout| C")
    assert play.run(worker, Options(grace=0.03, poll=0.02)).status is RunStatus.SUCCEEDED
    assert len(play.events(EventType.NODE_FAILED)) == 1


def test_a_timeout_can_be_tried_again(tmp_path: Path) -> None:
    gate = Gate()

    def slow_once(visit: Visit) -> object:
        return gate(visit) if visit.attempt == 1 else {"second": True}

    policy = Policy(RetryPolicy(2, delay=0.001, patterns=("timeout",)), timeout=0.5)
    gate.opened.clear()
    record = Play.of(tmp_path, "A").run(FakeWorker({"A": slow_once}, policies={"A": policy}))
    assert record.nodes["A"].visits[0].values == {"second": True}
    assert record.nodes["A"].visits[0].retries[0].kind == "timeout"


def test_an_attempt_that_ends_in_time_is_not_disturbed_by_its_timeout(tmp_path: Path) -> None:
    gate = Gate()
    worker = FakeWorker(
        {"B": lambda visit: visit.cancellation.wait(0.05) and None}, policies={"A": Policy(timeout=0.01)}
    )
    gate.opened.set()
    assert Play.of(tmp_path, "A --> B").run(worker).status is RunStatus.SUCCEEDED


# Timers


def test_a_timer_waits_without_a_handler(tmp_path: Path) -> None:
    worker = FakeWorker()
    record = Play.of(tmp_path, 'A --> T@{ shape: delay, label: "Wait 20 ms" } --> B').run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["A", "B"]
    assert record.nodes["T"].visits[0].seconds == 0.02


def test_a_handler_beats_the_shape_of_timers_and_manual_steps(tmp_path: Path) -> None:
    worker = FakeWorker(handled=frozenset({"T", "M"}))
    record = Play.of(tmp_path, 'T@{ shape: delay, label: "Wait 9 days" } --> M{{Approve}}').run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["T", "M"]


def test_a_timer_without_a_duration_fails(tmp_path: Path) -> None:
    record = Play.of(tmp_path, 'T@{ shape: delay, label: "Wait a bit" }').run(FakeWorker())
    error = record.nodes["T"].visits[0].error
    assert error is not None
    assert error.code == "timer.duration"


# Settling


def test_what_is_declared_is_settled_at_the_end_of_the_flow(tmp_path: Path) -> None:
    declares = Result({"a": 1}, (ModuleCall("vpc", "vpc"),))
    worker = FakeWorker({"A": lambda _: declares})
    play = Play.of(tmp_path, "A --> B")
    assert play.run(worker).status is RunStatus.SUCCEEDED
    assert worker.settled == [frozenset({"A", "B"})]
    assert [event.data["stage"] for event in play.events(EventType.SETTLED)] == [None]
    assert play.events(EventType.NODE_SUCCEEDED)[0].data["declared"] is True


def test_nodes_whose_declared_work_fails_have_failed_after_all(tmp_path: Path) -> None:
    def settle(nodes: frozenset[str], emit: object, cancellation: Cancellation) -> None:
        raise NodesFailed({"A": MflowError("CIDR overlaps", code="terraform")})

    record = Play.of(tmp_path, "A --> B").run(FakeWorker(on_settle=settle))
    assert record.status is RunStatus.FAILED
    assert statuses(record) == {"A": "failed", "B": "succeeded"}
    visit = record.nodes["A"].visits[0]
    assert visit.error is not None
    assert visit.error.message == "CIDR overlaps"
    assert visit.seconds is not None


@pytest.mark.parametrize(
    "error", [RuntimeError("no terraform"), NodesFailed({"unknown": RuntimeError("no terraform")})]
)
def test_an_error_that_names_no_node_fails_all_that_were_settled(tmp_path: Path, error: Exception) -> None:
    def settle(nodes: frozenset[str], emit: object, cancellation: Cancellation) -> None:
        raise error

    record = Play.of(tmp_path, "A --> B").run(FakeWorker(on_settle=settle))
    assert statuses(record) == {"A": "failed", "B": "failed"}


def test_work_of_a_node_that_has_failed_already_fails_no_other(tmp_path: Path) -> None:
    def settle(nodes: frozenset[str], emit: object, cancellation: Cancellation) -> None:
        raise NodesFailed({"A": RuntimeError("refused once more")})

    def fail(_: object) -> Result:
        raise RuntimeError("refused")

    record = Play.of(tmp_path, "A\nB").run(FakeWorker({"A": fail}, on_settle=settle))
    assert statuses(record) == {"A": "failed", "B": "succeeded"}


def test_stages_settle_before_what_follows_them(tmp_path: Path) -> None:
    text = "---\nmflow: {subgraphs: stages}\n---\nflowchart TD\nsubgraph one\nA\nend\nsubgraph two\nB\nend\nA --> B"
    order: list[str] = []
    worker = FakeWorker(
        {"B": lambda _: order.append("B")}, on_settle=lambda nodes, *_: order.append("+".join(sorted(nodes)))
    )
    assert Play.of(tmp_path, text).run(worker).status is RunStatus.SUCCEEDED
    assert order == ["A", "B", "B"]


# Events and observers


def test_handlers_record_what_terraform_says_with_the_visit_of_its_node(tmp_path: Path) -> None:
    resource = {"component": "vpc", "address": "aws_vpc.this", "resource_type": "aws_vpc", "action": "create"}

    def settle(nodes: frozenset[str], emit: object, cancellation: Cancellation) -> None:
        assert callable(emit)
        for state in ("planned", "started", "complete"):
            emit(Event(EventType.RESOURCE, "B", data=resource | {"state": state}))
        emit(Event(EventType.RESOURCE, "gone", data=resource))
        emit(Event(EventType.PLAN, data={"component": "vpc", "add": 1, "change": 0, "destroy": 0}))
        emit(Event(EventType.APPLIED, data={"component": "vpc", "add": 1, "change": 0, "destroy": 0, "seconds": 2.5}))
        emit(Event(EventType.OUTPUTS, data={"component": "vpc", "values": {"id": "vpc-1"}}))

    worker = FakeWorker({"Q": lambda visit: "again" if visit.number < 2 else "done"}, on_settle=settle)
    record = Play.of(tmp_path, "B --> Q{Q} -->|again| B\nQ -->|done| E").run(worker)
    assert [visit.number for visit in record.nodes["B"].visits if visit.resources] == [2]
    last = record.nodes["B"].last
    assert last is not None
    assert [(found.address, found.state) for found in last.resources] == [("aws_vpc.this", "complete")]
    assert str(last.changes) == "+1 ~0 -0"
    component = record.components["vpc"]
    assert (str(component.planned), str(component.applied), component.seconds) == ("+1 ~0 -0", "+1 ~0 -0", 2.5)
    assert component.outputs == {"id": "vpc-1"}


def test_a_handler_can_record_only_what_is_its_to_say(tmp_path: Path) -> None:
    def lies(visit: Visit) -> None:
        visit.emit(Event(EventType.NODE_SUCCEEDED, "B"))

    record = Play.of(tmp_path, "A\nB").run(FakeWorker({"A": lies}))
    error = record.nodes["A"].visits[0].error
    assert error is not None
    assert error.code == "handler.event"


def test_secrets_stay_out_of_errors_tracebacks_and_notices(tmp_path: Path) -> None:
    def tells(visit: Visit) -> object:
        visit.emit(Event(EventType.NOTICE, "A", data={"message": "using hunter22"}))
        raise RuntimeError("login with hunter22 failed")

    def settle(nodes: frozenset[str], emit: object, cancellation: Cancellation) -> None:
        raise MflowError("hunter22 is no password", hint="try another than hunter22")

    play = Play.of(tmp_path, "A\nB")
    record = play.run(FakeWorker({"A": tells}, on_settle=settle), hidden=["hunter22"])
    assert record.nodes["A"].visits[0].notices == ("using ***",)
    assert "Traceback" in record.nodes["A"].visits[0].log.read_text()
    files = [path.read_bytes() for path in play.folder.path.rglob("*") if path.is_file()]
    assert not any(b"hunter22" in content for content in files)
    assert any(b"login with *** failed" in content for content in files)
    assert any(b"*** is no password" in content for content in files)


def test_observers_hear_every_event_in_order_after_it_is_stored(tmp_path: Path) -> None:
    play = Play.of(tmp_path, DIAMOND)
    heard: list[Event] = []
    record = play.run(FakeWorker(), observers=[heard.append])
    assert tuple(heard) == record.events


def test_an_observer_that_fails_is_dropped_and_the_run_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[Event] = []
    heard: list[Event] = []

    def breaks(event: Event) -> None:
        calls.append(event)
        raise RuntimeError("closed pipe")

    with caplog.at_level(logging.ERROR):
        record = Play.of(tmp_path, DIAMOND).run(FakeWorker(), observers=[breaks, heard.append])
    assert record.status is RunStatus.SUCCEEDED
    assert len(calls) == 1
    assert tuple(heard) == record.events
    assert "observer" in caplog.text


# Waiting for people


def test_a_worker_can_make_any_node_wait(tmp_path: Path) -> None:
    def asks(_: Visit) -> object:
        raise ApprovalNeeded("Really?", ("blue", "green"))

    play = Play.of(tmp_path, "A -->|blue| B\nA -->|green| C")
    record = play.run(FakeWorker({"A": asks}), Options(wait=False, poll=0.02))
    assert record.status is RunStatus.WAITING
    (visit,) = record.waiting
    assert (visit.prompt, visit.choices) == ("Really?", ("blue", "green"))


def test_auto_approval_lets_nodes_go_on_that_have_nothing_to_choose(tmp_path: Path) -> None:
    text = "M{{Deploy?}} --> A\nN{{Only one}} -->|go| B\nO{{Choose}} -->|left| C\nO -->|right| D"
    record = Play.of(tmp_path, text).run(FakeWorker(), Options(wait=False, auto_approve=True, poll=0.02))
    assert record.status is RunStatus.WAITING
    found = statuses(record)
    assert (found["A"], found["B"], found["O"]) == ("succeeded", "succeeded", "waiting")
    approval = record.nodes["M"].visits[0].approval
    assert approval is not None
    assert approval.by == "auto-approve"


def test_two_executors_cannot_work_on_one_run(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A")
    gate = Gate()
    thread = in_background(lambda: play.run(FakeWorker({"A": gate})))
    assert gate.entered.wait(30)
    with pytest.raises(MflowError, match="another process"):
        play.run(FakeWorker())
    assert play.record().status is RunStatus.RUNNING
    gate.opened.set()
    thread.join(30)
    assert play.record().status is RunStatus.SUCCEEDED


def test_a_run_of_nothing_succeeds(tmp_path: Path) -> None:
    assert Play.of(tmp_path, "flowchart TD").run(FakeWorker()).status is RunStatus.SUCCEEDED


def test_executor_reports_its_status(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A")
    assert Executor(play.graph, play.folder, FakeWorker(), options=QUICK).run() is RunStatus.SUCCEEDED


class Gauge:
    """How many threads are in it at once, at most."""

    def __init__(self) -> None:
        self.most = 0
        self._inside = 0
        self._lock = threading.Lock()

    def __call__(self, visit: Visit) -> object:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        visit.cancellation.wait(0.005)
        with self._lock:
            self._inside -= 1
        return {}
