"""What a diagram has deployed goes as a whole and in order, and nothing else does."""

from __future__ import annotations

import pytest

from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.session.destroy import destroy, destroyed_with
from mermaid_flow.session.prepare import Prepared, Request, prepare
from mermaid_flow.session.project import Project
from mermaid_flow.session.run import start
from mermaid_flow.terraform.progress import ComponentEvent, ResourceProgress

pytestmark = pytest.mark.terraform

DIAGRAM = """flowchart TD
    Base[Deploy base] --> Left[Deploy left] --> Shop[Run shop]
    Base --> Right[Deploy right] --> Shop
"""
HANDLERS = """
from mermaid_flow import ModuleCall, action


@action("Deploy *", diagram="town")
def deploy(context):
    name = context.node.label.removeprefix("Deploy ")
    component = context.components.open(name)
    component.declare(context.node.id, [ModuleCall("thing", "thing", {"name": name})])
    component.apply()


@action("Run shop", diagram="town")
def run_shop(context):
    return context.run_diagram("shop")["outputs"]
"""


@pytest.fixture
def town(project: Project) -> Project:
    """A diagram that deploys three components by its handlers and a fourth by a sub-workflow."""
    (project.diagrams / "town.mmd").write_text(DIAGRAM)
    (project.handlers / "town.py").write_text(HANDLERS)
    return project


def prepared(project: Project, diagram: str = "town", only: tuple[str, ...] = ()) -> Prepared:
    return prepare(project, Request(diagram, ("vars.yaml",), only=only, with_dependents=bool(only)))


def run(project: Project, diagram: str = "town") -> RunRecord:
    begun = start(prepared(project, diagram), options=Options())
    begun.carry_out()
    return RunRecord.open(begun.folder)


def test_components_go_in_the_reverse_of_the_order_in_which_they_came(town: Project) -> None:
    record = run(town)
    assert record.nodes["Shop"].last and record.nodes["Shop"].last.values == {"thing": "shop:3"}
    assert sorted(destroyed_with(prepared(town))) == ["dev/base", "dev/left", "dev/right", "dev/shop", "dev/town"]
    gone = [name for name in destroy(prepared(town), lambda _: None) if name != "dev/town"]
    assert (gone[0], sorted(gone[1:3]), gone[3]) == ("dev/shop", ["dev/left", "dev/right"], "dev/base")
    assert list((town.state / "components").rglob("*.tf")) == []
    assert destroy(prepared(town), lambda _: None) == ("dev/town",)


def test_a_component_belongs_to_whom_it_was_deployed_for_first(town: Project) -> None:
    run(town, "shop")
    run(town)
    destroy(prepared(town), lambda _: None)
    assert {file.parent.name for file in (town.state / "components").rglob("versions.tf")} == {"shop"}
    run(town)
    assert destroy(prepared(town, "shop"), lambda _: None) == ("dev/shop",)


def test_what_cannot_be_destroyed_keeps_what_it_may_need(town: Project) -> None:
    run(town)
    component = town.components / "local" / "dev" / "left"
    (component / "broken.tf").write_text("not HCL")
    with pytest.raises(MflowError, match="dev/left"):
        destroy(prepared(town), lambda _: None)
    assert {file.parent.name for file in town.components.rglob("versions.tf")} == {"left", "base"}
    (component / "broken.tf").unlink()
    assert destroy(prepared(town), lambda _: None)[-2:] == ("dev/left", "dev/base")


def test_every_failure_is_told(town: Project) -> None:
    run(town)
    for name in ("left", "right"):
        (town.components / "local" / "dev" / name / "broken.tf").write_text("not HCL")
    with pytest.raises(Problems) as caught:
        destroy(prepared(town), lambda _: None)
    assert len(caught.value.problems) == 2


def test_components_that_another_run_works_on_are_found_before_anything_is_gone(town: Project) -> None:
    run(town)
    seen: list[ComponentEvent] = []
    busy = start(prepared(town, "shop"), options=Options())
    busy.components.open("shop").reserve()
    try:
        with pytest.raises(MflowError, match="is being worked on by run"):
            destroy(prepared(town), seen.append)
    finally:
        busy.components.close()
    assert not [event for event in seen if isinstance(event, ResourceProgress)]


def test_of_a_part_the_components_go_that_were_deployed_for_it_alone(town: Project) -> None:
    run(town)
    assert destroyed_with(prepared(town, only=("Shop",))) == ("dev/shop",)
    assert destroy(prepared(town, only=("Left",)), lambda _: None) == ("dev/shop", "dev/left")
    assert destroy(prepared(town, only=("Left",)), lambda _: None) == ()
    run(town, "shop")
    assert destroy(prepared(town, "shop", only=("Show",)), lambda _: None) == ()  # it is more than that box
    assert destroy(prepared(town, "shop"), lambda _: None) == ("dev/shop",)


def test_the_arrows_say_which_needs_which_whenever_they_came(town: Project) -> None:
    run(town)
    destroy(prepared(town, only=("Left",)), lambda _: None)
    begun = start(prepare(town, Request("town", ("vars.yaml",), only=("Shop",))), options=Options())
    begun.carry_out()  # before the left one is there again
    run(town)
    gone = destroy(prepared(town), lambda _: None)
    assert gone.index("dev/shop") < gone.index("dev/left") < gone.index("dev/base")


def test_stages_go_one_after_the_other_though_no_arrow_leads_from_node_to_node(town: Project) -> None:
    stages = "---\nmflow: {subgraphs: stages}\n---\nflowchart TD\n    Base[Deploy base] --> Left[Deploy left]\n"
    stages += "    subgraph First\n        Base --> Right[Deploy right]\n    end\n"
    (town.diagrams / "town.mmd").write_text(stages)
    run(town)
    gone = [name for name in destroy(prepared(town), lambda _: None) if name != "dev/town"]
    assert gone == ["dev/left", "dev/right", "dev/base"]
