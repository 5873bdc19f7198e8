"""Sequence diagrams with the handlers of a project: bindings, answers and their origin, what is found beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.graph.sequence import node_of
from mermaid_flow.session import prepare as preparing
from mermaid_flow.session.destroy import destroy
from mermaid_flow.session.prepare import Request, prepare
from mermaid_flow.session.project import Project, find_project
from mermaid_flow.session.run import resume, start
from mermaid_flow.session.sequence import PreparedSequence, check_diagram, prepare_diagram
from mermaid_flow.session.sequence_answers import names_failure
from mermaid_flow.terraform.targets import LocalTarget
from tests.small_project import MODULE

HANDLERS = '''"""Handlers of the talk."""

from mermaid_flow import MflowError, ModuleCall, Output, check, decision, message, participant


@message("Shop", "*")
def anything(context):
    context.log.info("%s for %s", context.node.label, dict(context.inputs))
    return {"said": context.node.label}


@message("Shop", "List orders")
def orders(context):
    return {"orders": [{"name": "first", "paid": True}, {"name": "second", "paid": False}]}


@message("Shop", "Fail", retry={"attempts": 2, "delay": 0})
def fail(context):
    raise MflowError("connection refused by host", code="network")


@message("Shop", "Declare")
def declare(context):
    call = ModuleCall("thing", "thing", {"name": "talk"})
    return [call, Output("thing", call.output("text"))]


@decision("Stock is low")
def stock(context):
    return context.vars.get("stock", int, 9) < 5


@participant("Till")
class Till:
    def __init__(self):
        self.open = False

    def set_up(self, context):
        self.open = True

    @message(None, "Pay")
    def pay(self, context):
        return {"open": self.open}

    def tear_down(self, context):
        self.open = False
        return {"open": self.open}


@check(diagram="talk")
def sensible(context):
    if context.vars.get("stock", int, 1) < 0:
        yield MflowError("stock is below 0", code="inputs.value", where=context.vars.where("stock"))
'''


@pytest.fixture
def talk(tmp_path: Path, local_target: LocalTarget, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose diagram `talk` each test draws."""
    folder = tmp_path / "talk"
    for name, text in {
        "mflow.yaml": "modules: modules\n",
        "handlers/talk.py": HANDLERS,
        "modules/thing/main.tf": MODULE,
        "diagrams/talk.mmd": "",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(preparing, "make_target", lambda *_: local_target)
    return find_project(folder)


def prepared(project: Project, body: str, *sets: str, files: tuple[str, ...] = (), front: str = "") -> PreparedSequence:
    text = f"{front}sequenceDiagram\nparticipant C\nparticipant S as Shop\n{body}\n"
    (project.diagrams / "talk.mmd").write_text(text)
    ready = prepare_diagram(project, Request("talk", files, sets))
    assert isinstance(ready, PreparedSequence)
    return ready


def run(project: Project, body: str, *sets: str, front: str = "") -> RunRecord:
    ready = prepared(project, body, *sets, front=front)
    check_diagram(ready)
    begun = start(ready, options=Options())
    begun.carry_out()
    return RunRecord.open(begun.folder)


def refused(project: Project, body: str, *sets: str) -> str:
    with pytest.raises(MflowError) as raised:
        check_diagram(prepared(project, body, *sets))
    return str(raised.value)


def answers(record: RunRecord) -> list[tuple[str, tuple[str, ...], str]]:
    return [(answer.node, answer.labels, answer.source) for answer in record.decisions]


def test_handlers_are_found_by_description_or_id_and_loops_by_returned_values(talk: Project) -> None:
    body = """C->>S: List orders
    S-->>C: orders
    loop For each order
      C->>S: Ship
      opt order paid
        C->>S: Invoice
      end
    end"""
    front = "---\nmflow: {decisions: {order paid: order.paid}}\n---\n"
    record = run(talk, body, front=front)
    assert record.status == "succeeded"
    assert [node.label for node in record.nodes.values() if node.last and "said" in node.last.values] == [
        "Ship (first)",
        "Invoice (first)",
        "Ship (second)",
    ]
    [loop, first, second] = record.decisions
    assert (loop.source, loop.where) == ("returned value", "orders, returned by List orders")
    assert [answer.labels for answer in (first, second)] == [("order paid",), ("no",)]
    assert "Ship for {'order': {'name': 'first'" in (record.path / "nodes/3-1/1/log.txt").read_text()


def test_conditions_are_answered_like_decisions_and_say_by_whom(talk: Project) -> None:
    body = """alt Stock is low
      C->>S: Order more
    else Season is over
      C->>S: Close
    else
      C->>S: Wait
    end"""
    assert answers(run(talk, body, "stock=2")) == [("alt1", ("Stock is low",), "function")]
    assert answers(run(talk, body, "season_is_over=yes")) == [("alt1", ("Season is over",), "variable")]
    assert answers(run(talk, body, "Season is over=false")) == [("alt1", ("",), "default")]
    assert answers(run(talk, body, "alt1=Season is over")) == [("alt1", ("Season is over",), "command line")]


def test_a_last_condition_that_nothing_answers_is_the_default(talk: Project) -> None:
    body = "alt Stock is low\nC->>S: Order\nelse Plenty\nC->>S: Wait\nend"
    assert answers(run(talk, body)) == [("alt1", ("Plenty",), "default")]
    assert answers(run(talk, body, "plenty=[]")) == [("alt1", ("no",), "variable")]


def test_counts_and_bounds(talk: Project) -> None:
    body = "loop 2 times\nC->>S: Knock\nend\nloop tries times\nC->>S: Ring\nend\nloop until done\nC->>S: Ask\nend"
    record = run(talk, body, "tries=1", "done=true")
    assert list(record.nodes) == ["loop1", "1-1", "1-2", "loop2", "2-1", "3-1", "loop3-1"]
    assert [answer[2] for answer in answers(record)] == ["diagram", "variable", "variable"]


def test_options_handle_the_failures_that_they_name(talk: Project) -> None:
    body = """critical Buy
      C->>S: Fail
    option Out of stock
      C->>S: Apologise
    option Connection refused
      C->>S: Offline
    end"""
    record = run(talk, body)
    assert record.status == "succeeded"
    assert answers(record) == [("critical1", ("Connection refused",), "failure")]
    last = record.nodes["1"].last
    assert last and last.attempts == 2, "the handler's own policy"
    record = run(talk, body, "out_of_stock=true")
    assert answers(record) == [("critical1", ("Out of stock",), "variable")]
    record = run(talk, body.replace("Connection refused", "Timeout"))
    assert (record.status, answers(record)) == ("failed", [("critical1", ("no option",), "failure")])


@pytest.mark.parametrize(
    ("option", "said", "named"),
    [
        ("Network timeout", "timeout: the network is slow", True),
        ("otherwise", "anything", True),
        ("On failure", "anything", True),
        ("", "anything", True),
        ("Disk full", "timeout", False),
        ("?", "timeout", False),
    ],
)
def test_an_option_names_a_failure_by_its_words(option: str, said: str, named: bool) -> None:
    assert names_failure(option, said) is named


def test_a_participants_class_is_set_up_and_torn_down(talk: Project) -> None:
    body = "C->>S: Start\ncreate participant T as Till\nC->>T: Pay\ndestroy T\nT->>S: Bye"
    record = run(talk, body)
    assert record.values["2"] == {"open": True}
    assert record.values["destroy1"] == {"open": False}


def test_everything_that_is_wrong_is_told_before_anything_runs(talk: Project) -> None:
    body = """loop For each region
      C->>S: Deploy
      C->>Nobody: Deploy
    end
    loop tries times
      C->>S: Ring
    end
    opt sunny
      C->>S: Open
    end"""
    said = refused(talk, body, "regions=all", "tries=-1", "sunny=maybe", "stock=-1", "tires=2")
    for expected in (
        "'For each region' needs a list of items",
        "nothing takes the message 'Deploy' to Nobody",
        "'tries times' needs a whole number from 0",
        "'sunny' needs true or false",
        "stock is below 0",
        "--set tires",
    ):
        assert expected in said, expected
    assert not talk.runs.exists()


def test_a_question_is_left_to_the_run_only_when_something_before_may_answer_it(talk: Project) -> None:
    assert "'sunny' has no answer" in refused(talk, "opt sunny\nC->>S: Open\nend")
    assert "'For each x' has no answer" in refused(talk, "loop For each x\nC->>S: Open\nend")
    assert "'n times' has no answer" in refused(talk, "loop n times\nC->>S: Open\nend")
    assert "alt1: " in refused(talk, "alt a\nC->>S: 1\nelse b\nC->>S: 2\nend", "alt1=c")
    check_diagram(prepared(talk, "C->>S: Look\nopt sunny\nC->>S: Open\nend"))
    check_diagram(prepared(talk, "loop until sunny\nC->>S: Open\nend\nbreak rain\nC->>S: Go\nend", "rain=true"))
    check_diagram(prepared(talk, "opt Stock is low\nC->>S: Open\nend"))
    record = run(talk, "C->>S: Look\nopt sunny\nC->>S: Open\nend")
    assert record.status == "failed"
    error = record.nodes["opt1"].last and record.nodes["opt1"].last.error
    assert error and error.code == "decision.unanswered"


def test_handlers_that_are_equally_close_are_told_of(talk: Project) -> None:
    file = talk.handlers / "talk.py"
    file.write_text(file.read_text() + '\n\n@message("S", "List orders")\ndef again(context):\n    return None\n')
    with pytest.raises(MflowError, match="equally closely"):
        prepared(talk, "C->>S: List orders")


def test_a_check_may_raise_what_it_finds(talk: Project) -> None:
    file = talk.handlers / "talk.py"
    file.write_text(file.read_text().replace("yield MflowError", "raise MflowError"))
    assert "stock is below 0" in refused(talk, "C->>S: Look", "stock=-1")


def test_a_message_that_nothing_takes_fails_where_nobody_looked_before(talk: Project) -> None:
    begun = start(prepared(talk, "actor P\nC->>Nobody: a"), options=Options())
    assert begun.carry_out() == "failed"
    error = RunRecord.open(begun.folder).nodes["1"].last
    assert error and error.error and error.error.code == "binding.missing"


def test_a_person_is_asked_unless_a_handler_answers(talk: Project) -> None:
    ready = prepared(talk, "actor P\nC->>P: Sign")
    check_diagram(ready)
    begun = start(ready, options=Options(wait=False))
    assert begun.carry_out() == "waiting"


def test_unread_variables_are_warned_of(talk: Project) -> None:
    (talk.folder / "vars.yaml").write_text("stcok: 3\n")
    [warning] = check_diagram(prepared(talk, "C->>S: Look", files=("vars.yaml",)))
    assert warning.hint == "did you mean 'stock'?"


def test_policies_of_the_project_count_for_messages_and_loops(talk: Project) -> None:
    file = talk.folder / "mflow.yaml"
    file.write_text(file.read_text() + "policies: {For each region: {parallelism: 3}, Look: {timeout: 5}}\n")
    project = find_project(talk.folder)
    ready = prepared(project, "C->>S: Look\nloop For each region\nC->>S: Go\nend", "regions=[a]")
    assert ready.tree.loops()["loop1"].parallel == 3
    assert prepare_diagram(project, ready.request, parallel=7).tree.loops()["loop1"].parallel == 7  # type: ignore[union-attr]
    assert ready.steps.policy(node_of(ready.tree.body[0])).timeout == 5


@pytest.mark.terraform
def test_declarations_of_messages_are_applied_at_the_end_and_destroyed(talk: Project) -> None:
    record = run(talk, "C->>S: Declare\nC->>S: More")
    assert record.status == "succeeded"
    assert record.components["talk"].outputs == {"thing": "talk:1"}
    assert destroy(prepared(talk, "C->>S: Declare"), lambda _: None) == ("talk",)


def test_a_failed_run_is_resumed_with_what_has_been_changed_of_its_rest(talk: Project) -> None:
    body = "C->>S: Look\nC->>S: Fail"
    begun = start(prepared(talk, body), options=Options())
    assert begun.carry_out() == "failed"
    again = resume(prepare_diagram(talk, begun.prepared.request), begun.folder, options=Options())
    assert again.carry_out() == "failed"
    assert [len(node.visits) for node in RunRecord.open(begun.folder).nodes.values()] == [1, 2]
    with pytest.raises(Problems, match=r"talk.mmd:4:1: `C->>S: Look` has run and is `C->>S: See` now"):
        resume(prepared(talk, body.replace("Look", "See")), begun.folder, options=Options())
    assert (
        resume(prepared(talk, "C->>S: Look\nC->>S: Work"), begun.folder, options=Options()).carry_out() == "succeeded"
    )
    (talk.diagrams / "talk.mmd").write_text("flowchart TD\n  A([Start])\n")
    with pytest.raises(MflowError, match="talk was a sequence diagram when the run began"):
        resume(prepare_diagram(talk, Request("talk")), begun.folder, options=Options())


def test_a_new_run_takes_over_replies_that_still_hold(talk: Project) -> None:
    body = "C->>S: List orders\nloop For each order\nC->>S: Ship\nend\nC->>S: Fail"
    begun = start(prepared(talk, body), options=Options())
    assert begun.carry_out() == "failed"
    resume(prepared(talk, body.replace("Fail", "Bill")), begun.folder, options=Options()).carry_out()
    again = start(prepared(talk, body.replace("Fail", "Thank")), options=Options(), taken_over=begun.folder)
    assert again.carry_out() == "succeeded"
    visits = {visit.node: visit for visit in RunRecord.open(again.folder).visits}
    assert [node for node, visit in visits.items() if visit.reused] == ["1", "2-1", "2-2"]
    changed = start(prepared(talk, body, "stock=3"), options=Options(), taken_over=begun.folder)
    changed.carry_out()
    first = next(RunRecord.open(changed.folder).visits)
    assert first.notices == ("not taken over: its handler, or what the handler reads, has changed",)


def test_a_flowchart_only_command_refuses_a_sequence(talk: Project) -> None:
    prepared(talk, "C->>S: Look")
    with pytest.raises(MflowError, match="is a sequence diagram"):
        prepare(talk, Request("talk"))


def test_a_flowchart_may_run_a_sequence_as_its_sub_workflow(talk: Project) -> None:
    prepared(talk, "C->>S: Look")
    (talk.diagrams / "outer.mmd").write_text("flowchart TD\n  A([Start]) --> T[[talk]]\n")
    ready = prepare_diagram(talk, Request("outer"))
    check_diagram(ready)
    begun = start(ready, options=Options())
    assert begun.carry_out() == "succeeded"
    assert RunRecord.open(begun.folder).values["T"]["1"] == {"said": "Look"}


def test_problems_is_what_several_mistakes_are_raised_as(talk: Project) -> None:
    with pytest.raises(Problems):
        check_diagram(prepared(talk, "C->>Nobody: a\nC->>Nobody: b"))
