from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import ModuleCall
from mermaid_flow.handlers.context import Cancelled, Component, Components
from mermaid_flow.terraform.workspace import TerraformComponents, component_folder
from tests.terraform.sandbox import MODULES, Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = Sandbox(tmp_path)
    sandbox.write_modules(MODULES)
    return sandbox


def components(sandbox: Sandbox, **environment: str) -> TerraformComponents:
    return TerraformComponents(sandbox.settings(), diagram="flow", labels={"A": "Create A"}, environment=environment)


def test_it_is_what_handlers_are_promised(sandbox: Sandbox) -> None:
    promised: Components = components(sandbox)
    component: Component = promised.open("vpc")
    assert component.name == "vpc"


def test_a_components_folder_is_its_target_environment_and_name(sandbox: Sandbox) -> None:
    run = components(sandbox, tenant="acme", account="", environment="dev")
    top = sandbox.folder / "components" / "local"
    assert (run.open("vpc").name, run.open("vpc").folder) == ("acme/dev/vpc", top / "acme" / "dev" / "vpc")
    assert run.open("vpc", environment={"environment": "prod", "tenant": "acme"}).name == "acme/prod/vpc"
    assert run.open("vpc/main").folder == top / "acme" / "dev" / "vpc%2Fmain"
    assert run.open("vpc", environment={}).name == "vpc"
    assert not top.exists()  # opening touches nothing


@settings(deadline=None)
@given(
    st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=3),
    st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=3),
)
def test_a_folder_stays_below_its_target_and_belongs_to_one_component(first: list[str], second: list[str]) -> None:
    try:
        folders = [component_folder("local", parts) for parts in (first, second)]
    except MflowError:
        return  # half a surrogate pair
    for folder, parts in zip(folders, (first, second), strict=True):
        assert folder.parts[0] == "local"
        assert len(folder.parts) == len(parts) + 1
        assert not any(part.startswith(".") for part in folder.parts)
    assert (folders[0] == folders[1]) == (first == second)


@pytest.mark.parametrize("name", ["", "x" * 201, "ü" * 50, "\ud800"])
def test_a_name_that_no_file_system_takes_is_refused(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(MflowError) as caught:
        components(sandbox).open(name)
    assert caught.value.code == "terraform.component"


def test_what_exists_is_found_in_all_environments(sandbox: Sandbox) -> None:
    run = components(sandbox, tenant="acme", environment="dev")
    for component in (run.open("vpc/main"), run.open("vpc", environment={"environment": ".prod"})):
        component.declare("A", [ModuleCall("thing", "a", {"name": "x"})])
    run.open("only-opened")
    (sandbox.folder / "components/local/acme/dev/vpc%2Fmain/modules/declarations.json").parent.mkdir()
    (sandbox.folder / "components/local/acme/dev/vpc%2Fmain/modules/declarations.json").write_text("")
    assert [component.name for component in run.existing()] == [".prod/vpc", "acme/dev/vpc/main"]
    assert len(run.opened()) == 3
    assert components(sandbox).existing()[0].name == ".prod/vpc"


def test_a_part_that_holds_a_slash_finds_its_folder_again(sandbox: Sandbox) -> None:
    run = components(sandbox)
    run.open("vpc/main").declare("A", [])
    (again,) = components(sandbox).existing()
    assert again.folder == run.open("vpc/main").folder


@pytest.mark.terraform
def test_what_exists_is_worked_on_where_it_lies_and_made_again_nowhere_else(sandbox: Sandbox) -> None:
    sandbox.target.region = "eu-west-1"
    first = components(sandbox)
    first.open("vpc").declare("A", [ModuleCall("thing", "a", {"name": "x"})])
    first.open("vpc").apply()
    first.close()
    sandbox.target.region = "us-east-1"
    later = components(sandbox)
    (there,) = later.existing()
    assert there.drift()["resources"] == []
    later.close()
    elsewhere = components(sandbox)
    elsewhere.open("vpc").declare("A", [ModuleCall("thing", "a", {"name": "y"})])
    with pytest.raises(MflowError, match="vpc is deployed in eu-west-1, and this is for us-east-1") as caught:
        elsewhere.open("vpc").apply()
    elsewhere.close()
    assert caught.value.hint == "set the variable region to eu-west-1, or destroy the component there first"


def test_nothing_starts_after_an_interrupt_however_late_it_is_opened(sandbox: Sandbox) -> None:
    run = components(sandbox)
    early = run.open("early")
    run.for_diagram("other", {}).interrupt()
    for component in (early, run.open("late")):
        component.declare("A", [ModuleCall("thing", "a", {"name": "x"})])
        with pytest.raises(Cancelled):
            component.apply()
    run.close()


def test_close_gives_components_to_the_next_run(sandbox: Sandbox) -> None:
    first, second = components(sandbox), components(sandbox)
    first.open("vpc").declare("A", [])
    with pytest.raises(MflowError, match="being worked on"):
        second.open("vpc").declare("A", [])
    first.close()
    second.open("vpc").declare("A", [])
