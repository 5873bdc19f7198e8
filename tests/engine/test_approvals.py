from __future__ import annotations

import getpass
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mermaid_flow.engine.approvals import Approvers, Person, approve, current_person, read_approvers, reject
from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from tests.engine.running import QUICK, FakeWorker, Play, fails, in_background, statuses

ANN = Person("ann", ("ops",))
STOPS = Options(wait=False, poll=0.02)
CHOICE = "S --> M{{Roll out?}} -->|blue| B\nM -->|Green| G\nB & G --> E"


def waiting_play(tmp_path: Path, text: str = "A --> M{{Deploy to prod?}} --> B") -> Play:
    play = Play.of(tmp_path, text)
    assert play.run(FakeWorker(), STOPS).status is RunStatus.WAITING
    return play


def answer(play: Play, node: str, by: Person = ANN, **more: object) -> Event:
    labels = {node.id: node.label for node in play.graph.nodes.values()}
    with play.folder.journal() as journal:
        return approve(journal, node, by, labels=labels, **more)  # type: ignore[arg-type]  # tests pass what fits


def test_a_manual_node_waits_and_the_run_can_stop_meanwhile(tmp_path: Path) -> None:
    play = waiting_play(tmp_path)
    record = play.record()
    assert statuses(record) == {"A": "succeeded", "M": "waiting", "B": "pending"}
    (visit,) = record.waiting
    assert (visit.node, visit.prompt, visit.choices) == ("M", "Deploy to prod?", ())


def test_an_approved_run_goes_on_when_it_is_resumed(tmp_path: Path) -> None:
    play = waiting_play(tmp_path)
    event = answer(play, "M", comment="looks good")
    assert event.data == {"by": "ann", "comment": "looks good"}
    worker = FakeWorker()
    record = play.run(worker, STOPS)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["B"]
    approval = record.nodes["M"].visits[0].approval
    assert approval is not None
    assert (approval.approved, approval.by, approval.comment) == (True, "ann", "looks good")


def test_what_follows_sees_who_approved(tmp_path: Path) -> None:
    play = waiting_play(tmp_path)
    answer(play, "Deploy to prod?")
    seen: list[object] = []
    play.run(FakeWorker({"B": lambda visit: seen.append(visit.values["M"]["by"])}), STOPS)
    assert seen == ["ann"]


def test_a_rejected_node_has_failed(tmp_path: Path) -> None:
    play = waiting_play(tmp_path)
    with play.folder.journal() as journal:
        reject(journal, "M", ANN, comment="not today")
    record = play.record()
    assert statuses(record)["M"] == "failed"
    error = record.nodes["M"].visits[0].error
    assert error is not None
    assert error.message == "rejected by ann: not today"


def test_a_rejected_node_waits_again_when_the_run_is_resumed(tmp_path: Path) -> None:
    play = waiting_play(tmp_path)
    with play.folder.journal() as journal:
        reject(journal, "M", ANN)
    record = play.run(FakeWorker(), STOPS)
    assert record.status is RunStatus.WAITING
    assert [visit.number for visit in record.nodes["M"].visits] == [1, 2]


def test_a_rejection_that_is_handled_is_finished_business(tmp_path: Path) -> None:
    play = waiting_play(tmp_path, "A --> M{{Deploy?}} --> B\nM -->|on error| Clean --> Tell")
    with play.folder.journal() as journal:
        reject(journal, "M", ANN)
    worker = FakeWorker({"Tell": fails()})
    assert play.run(worker, STOPS).status is RunStatus.FAILED
    assert worker.ran == ["Clean", "Tell"]
    worker = FakeWorker()
    assert play.run(worker, STOPS).status is RunStatus.SUCCEEDED
    assert worker.ran == ["Tell"]
    assert len(play.record().nodes["M"].visits) == 1


def test_whoever_resumes_with_auto_approve_answers_for_those_who_rejected(tmp_path: Path) -> None:
    play = waiting_play(tmp_path)
    with play.folder.journal() as journal:
        reject(journal, "M", ANN)
    record = play.run(FakeWorker(), Options(auto_approve=True, poll=0.02))
    assert record.status is RunStatus.SUCCEEDED
    assert [visit.approval and visit.approval.by for visit in record.nodes["M"].visits] == ["ann", "auto-approve"]


@pytest.mark.parametrize(("choice", "taken"), [("blue", "B"), ("green", "G")])
def test_a_choice_picks_the_edge_with_its_label(tmp_path: Path, choice: str, taken: str) -> None:
    play = waiting_play(tmp_path, CHOICE)
    assert play.record().waiting[0].choices == ("blue", "Green")
    answer(play, "M", choice=choice)
    worker = FakeWorker()
    assert play.run(worker, STOPS).status is RunStatus.SUCCEEDED
    assert worker.ran == [taken, "E"]


@pytest.mark.parametrize(
    ("choice", "message", "hint"),
    [("", "a choice is needed", "blue, Green"), ("gren", "'gren' is no choice", "'Green'")],
)
def test_a_wrong_choice_is_refused(tmp_path: Path, choice: str, message: str, hint: str) -> None:
    play = waiting_play(tmp_path, CHOICE)
    with pytest.raises(MflowError, match=message) as caught:
        answer(play, "M", choice=choice)
    assert hint in caught.value.hint
    assert play.record().status is RunStatus.WAITING


def test_the_only_choice_need_not_be_given(tmp_path: Path) -> None:
    play = waiting_play(tmp_path, "M{{Go?}} -->|go| A")
    assert answer(play, "M").data["choice"] == "go"


def test_only_a_waiting_node_can_be_answered(tmp_path: Path) -> None:
    play = waiting_play(tmp_path)
    with pytest.raises(MflowError, match="'N' does not wait") as caught:
        answer(play, "N")
    assert caught.value.hint == "waiting: M"
    with pytest.raises(MflowError, match="does not wait") as caught:
        answer(play, "Deploy to prd?")
    assert caught.value.hint == "did you mean 'Deploy to prod?'?"
    answer(play, "M")
    with pytest.raises(MflowError, match="does not wait") as caught:
        answer(play, "M")
    assert caught.value.hint == "no node does"


def test_a_label_that_several_waiting_nodes_have_is_no_name(tmp_path: Path) -> None:
    play = waiting_play(tmp_path, "M{{Go?}} --> A\nN{{Go?}} --> A")
    with pytest.raises(MflowError, match="does not wait"):
        answer(play, "Go?")


def test_two_terminals_and_one_run(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A --> M{{Deploy?}} --> B")
    worker = FakeWorker()
    worker.graph = play.graph
    results: list[RunRecord] = []
    thread = in_background(lambda: results.append(play.run(worker, QUICK, observers=[answer_elsewhere(play)])))
    thread.join(60)
    assert results[0].status is RunStatus.SUCCEEDED
    assert worker.ran == ["A", "B"]
    assert [event.data["by"] for event in play.events(EventType.NODE_APPROVED)] == ["somebody else"]


def answer_elsewhere(play: Play) -> object:
    """An observer that has another process approve when the node waits."""
    program = (
        "import sys; from pathlib import Path\n"
        "from mermaid_flow.engine.approvals import Person, approve\n"
        "from mermaid_flow.engine.folder import RunFolder\n"
        "with RunFolder.open(Path(sys.argv[1])).journal() as journal:\n"
        "    approve(journal, 'M', Person('somebody else'))\n"
    )

    def observe(event: Event) -> None:
        if event.type is EventType.NODE_WAITING:
            subprocess.Popen([sys.executable, "-c", program, str(play.folder.path)])

    return observe


def test_auto_approval_answers_nodes_that_waited_before(tmp_path: Path) -> None:
    play = waiting_play(tmp_path)
    assert play.run(FakeWorker(), Options(wait=False, auto_approve=True, poll=0.02)).status is RunStatus.SUCCEEDED


# Who may

RULES = read_approvers({"*prod*": ["ann", "group:ops"], "M": "bob"})


@pytest.mark.parametrize("person", [Person("ann"), Person("bob"), Person("eve", ("dev", "ops"))])
def test_named_people_and_groups_may(tmp_path: Path, person: Person) -> None:
    assert answer(waiting_play(tmp_path), "M", person, approvers=RULES).data["by"] == person.name


def test_others_may_not(tmp_path: Path) -> None:
    play = waiting_play(tmp_path)
    with pytest.raises(MflowError, match="eve may not approve 'Deploy to prod") as caught:
        answer(play, "M", Person("eve", ("dev",)), approvers=RULES)
    assert caught.value.hint == "ask ann or group:ops or bob"
    with pytest.raises(MflowError, match="may not"), play.folder.journal() as journal:
        reject(journal, "M", Person("eve"), approvers=Approvers({"M": ()}))
    assert play.record().status is RunStatus.WAITING


def test_everybody_may_where_no_rule_says_otherwise(tmp_path: Path) -> None:
    approvers = read_approvers({"Other": ["ann"]})
    assert answer(waiting_play(tmp_path), "M", Person("eve"), approvers=approvers).data["by"] == "eve"
    assert read_approvers(None) == Approvers()


@pytest.mark.parametrize("section", ["ann", ["ann"], {"M": 3}, {"M": ["ann", 3]}])
def test_a_policy_of_the_wrong_form_is_refused(section: object) -> None:
    with pytest.raises(MflowError, match="is no list of users") as caught:
        read_approvers(section)
    assert caught.value.code == "approval.policy"


def test_the_current_person_has_a_name_and_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    def groups() -> Sequence[int]:
        return [0, 987_654]

    monkeypatch.setattr(os, "getgroups", groups)
    person = current_person()
    assert person.name
    assert person.groups == ("root",)


def test_a_user_without_a_name_is_known_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(getpass, "getuser", nameless)
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    assert current_person().name == "4711"
