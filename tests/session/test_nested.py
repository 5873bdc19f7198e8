"""A box that runs another diagram: its run is nested in the record, its outputs come back."""

from __future__ import annotations

import threading

import pytest

from mermaid_flow.engine.approvals import Person, approve
from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.nested_runs import find_nested
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.session.plan import plan
from mermaid_flow.session.prepare import Request, check, prepare
from mermaid_flow.session.project import Project
from mermaid_flow.session.run import start

pytestmark = pytest.mark.terraform

OUTER = """flowchart TD
    Start([Start]) --> Shop[[Shop]]
    Shop --> Tell[Tell]
"""
TELL = """

@action("Tell", diagram="outer")
def tell(context):
    return {"seen": context.values["Shop"]["outputs"]["thing"]}
"""


@pytest.fixture
def outer(project: Project) -> Project:
    """The small project with a diagram around its own."""
    (project.diagrams / "outer.mmd").write_text(OUTER)
    handlers = project.handlers / "shop.py"
    handlers.write_text(handlers.read_text() + TELL)
    return project


def run(project: Project, diagram: str, *sets: str) -> RunRecord:
    ready = prepare(project, Request(diagram, ("vars.yaml",), sets))
    check(ready)
    begun = start(ready, options=Options())
    begun.carry_out()
    return RunRecord.open(begun.folder)


def test_a_sub_workflow_runs_in_the_record_and_returns_its_outputs(outer: Project) -> None:
    record = run(outer, "outer")
    assert record.status == "succeeded"
    tell, shop = record.nodes["Tell"].last, record.nodes["Shop"].last
    assert tell is not None and tell.values == {"seen": "shop:3"}
    assert shop is not None and len(shop.runs) == 1
    [planned] = plan(prepare(outer, Request("outer", ("vars.yaml",)))).nested
    assert planned.diagram == "shop"


def test_a_sub_workflow_that_fails_fails_its_box(outer: Project) -> None:
    handlers = outer.handlers / "shop.py"
    handlers.write_text(handlers.read_text().replace("outputs = dict(", "raise ValueError('no'); outputs = dict("))
    record = run(outer, "outer")
    assert record.status == "failed"
    shop = record.nodes["Shop"].last
    assert shop is not None and shop.error is not None
    assert "Show Outputs failed" in shop.error.message


def test_a_sub_workflow_that_waits_says_so_in_all_runs_around_it(outer: Project) -> None:
    (outer.diagrams / "shop.mmd").write_text("flowchart TD\n    Deep[[Deep]] --> End([End])\n")
    (outer.diagrams / "deep.mmd").write_text("flowchart TD\n    Sure{{Sure?}} --> End([End])\n")
    ready = prepare(outer, Request("outer", ("vars.yaml",)))
    begun = start(ready, options=Options(poll=0.05))
    asked = threading.Event()
    told: list[Event] = []

    def hear(event: Event) -> None:
        told.append(event)
        if event.type is EventType.NOTICE and "inner" in event.data and not asked.is_set():
            asked.set()
            deep = find_nested(find_nested(begun.folder, "shop"), "deep")
            with deep.journal() as journal:
                approve(journal, "Sure", Person("alice"))

    begun.observers.append(hear)
    begun.carry_out()
    assert RunRecord.open(begun.folder).nodes["Shop"].status == "succeeded"
    [asking, answered] = [event.data for event in told if "inner" in event.data]
    assert asking["message"] == f"deep waits for an answer: mflow approve {asking['inner']} Sure"
    assert str(asking["inner"]).startswith(f"{begun.folder.id}.")
    assert str(asking["inner"]).count(".") == 2
    assert answered["message"] == "deep has its answer from alice"


def test_a_diagram_that_contains_itself_is_stopped(outer: Project) -> None:
    (outer.diagrams / "round.mmd").write_text("flowchart TD\n    A([Start]) --> Round[[Round]]\n")
    record = run(outer, "round")
    assert record.status == "failed"
    box = record.nodes["Round"].last
    assert box is not None and box.error is not None
    assert "round is being worked on" in box.error.message
