"""A plan knows the outputs of components that are there, and says what it cannot plan without those that are not."""

from __future__ import annotations

import pytest

from mermaid_flow.engine.options import Options
from mermaid_flow.session.plan import RunPlan, plan
from mermaid_flow.session.prepare import Request, check, prepare
from mermaid_flow.session.project import Project
from mermaid_flow.session.run import start

pytestmark = pytest.mark.terraform

DIAGRAM = """flowchart TD
    Wrap[Wrap Thing] --> Label[Label Thing] --> Ship[Ship Thing]
"""
HANDLERS = """from mermaid_flow import Configure, MflowError, ModuleCall, configure


@configure("Wrap Thing")
def wrap(context):
    thing = context.components.open("shop").outputs().get("thing")
    if thing is None:
        raise MflowError("the shop has no thing", code="shop.empty", hint="run the shop first")
    return [ModuleCall("thing", "wrapped", {"name": thing}), {"wrapped": thing}]


@configure("Label Thing")
def label(context):
    return {"label": context.values["Wrap"]["wrapped"].upper()}


@configure("Ship Thing")
def ship(context):
    return [ModuleCall("thing", "shipped", {"name": context.values["Label"]["label"]})]
"""


@pytest.fixture
def two_diagrams(project: Project) -> Project:
    (project.diagrams / "parcel.mmd").write_text(DIAGRAM)
    (project.handlers / "parcel.py").write_text(HANDLERS)
    return project


def planned(project: Project) -> RunPlan:
    return plan(prepare(project, Request("parcel", ("vars.yaml",))))


def test_without_the_outputs_nothing_of_the_component_is_planned(two_diagrams: Project) -> None:
    found = planned(two_diagrams)
    assert found.components == ()
    assert {step.node.id for step in found.steps if step.declares_later} == {"Wrap", "Label", "Ship"}
    [warning] = found.warnings
    assert (warning.message, warning.hint) == ("the shop has no thing", "run the shop first")


def test_with_the_outputs_all_of_it_is(two_diagrams: Project) -> None:
    start(prepare(two_diagrams, Request("shop", ("vars.yaml",))), options=Options()).carry_out()
    found = planned(two_diagrams)
    [component] = found.components
    assert component.count("create") == 2
    assert [step.later for step in found.steps] == ["", "", ""]
    assert found.warnings == ()
    before = check(prepare(two_diagrams, Request("parcel", ("vars.yaml",))))
    assert [step.declares_later for step in before.steps] == [True, True, True]
