"""Whole lives of components with real Terraform. `terraform_data` needs no provider, so that an apply takes 0.1 s."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import Backend, Configure, Import, ModuleCall, Output, Reference
from mermaid_flow.handlers.context import Cancelled
from mermaid_flow.terraform.component import TerraformComponent
from mermaid_flow.terraform.errors import ComponentBusy, DeclarationsInvalid, TerraformFailed
from mermaid_flow.terraform.plan import UnknownOutput
from mermaid_flow.terraform.process import child_environment
from mermaid_flow.terraform.progress import (
    ApplySummary,
    OutputsRead,
    PlanSummary,
    ResourceProgress,
    TerraformWarning,
)
from mermaid_flow.terraform.toolchain import find_toolchain
from tests.terraform.sandbox import MODULES, Sandbox, state

pytestmark = pytest.mark.terraform

A = ModuleCall("thing", "a", {"name": "x"})
B = ModuleCall("thing", "b", {"name": "y"})
THING_A = "module.a.terraform_data.this"
THING_B = "module.b.terraform_data.this"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = Sandbox(tmp_path)
    sandbox.write_modules(MODULES)
    return sandbox


def web(sandbox: Sandbox, run: str = "run-1", **changes: object) -> TerraformComponent:
    """The component of a run of its own. Earlier runs have ended."""
    for components in _open:
        components.close()
    _open[:] = [sandbox.components(run, **changes)]
    sandbox.events.clear()
    return _open[0].open("web")


_open: list = []  # type: ignore[type-arg]  # of TerraformComponents


def changes(sandbox: Sandbox) -> tuple[int, int, int]:
    """Added, changed, destroyed, over all applies of the run."""
    done = sandbox.heard(ApplySummary)
    return sum(s.add for s in done), sum(s.change for s in done), sum(s.destroy for s in done)


def deployed(sandbox: Sandbox) -> TerraformComponent:
    component = web(sandbox)
    component.declare("A", [A, Output("id", A.output("id"))])
    component.declare("B", [B])
    component.apply(prune=True)
    return component


def test_declared_things_exist_after_the_apply_and_each_box_hears_of_its_own(sandbox: Sandbox) -> None:
    component = web(sandbox)
    component.declare("A", [A])
    assert component.pending
    component.declare("B", [ModuleCall("thing", "b", {"name": A.output("name")}), Output("id", Reference("b", "id"))])
    component.apply()
    assert not component.pending
    assert state(component) == [THING_A, THING_B]
    states = [(event.node, event.state) for event in sandbox.heard(ResourceProgress)]
    assert states == [("A", "planned"), ("B", "planned"), *[(n, s) for n in "AB" for s in ("started", "complete")]]
    assert sandbox.heard(PlanSummary) == [PlanSummary("acme/web", 2, 0, 0)]
    assert changes(sandbox) == (2, 0, 0)


def test_outputs_apply_what_is_pending_and_nothing_twice(sandbox: Sandbox) -> None:
    component = web(sandbox)
    component.declare("A", [A, Output("id", A.output("id")), Output("secret", "s3cret", sensitive=True)])
    outputs = component.outputs()
    assert outputs["secret"] == "s3cret"
    assert component.call_outputs("a")["id"] == outputs["id"]
    component.apply()
    component.declare("A", [A, Output("id", A.output("id")), Output("secret", "s3cret", sensitive=True)])
    component.outputs()
    assert len(sandbox.heard(ApplySummary)) == 1
    assert sandbox.heard(OutputsRead) == [OutputsRead("acme/web", {"id": outputs["id"], "secret": "(sensitive)"})]
    log = (sandbox.folder / "logs/local/acme/web.log").read_text()
    assert "s3cret" not in log


def test_values_arrive_exactly_as_written(sandbox: Sandbox) -> None:
    nasty = '${file("/etc/passwd")} %{ if true } "quoted" \\n \n\t é 😀 $${x} %%{y} \x00 end' + "x" * 5000
    component = web(sandbox)
    component.declare("A", [ModuleCall("thing", "a", {"name": nasty, "tags": {nasty: nasty}})])
    assert component.call_outputs("a")["tags"] == {nasty: nasty}


def test_an_unknown_call_has_no_outputs(sandbox: Sandbox) -> None:
    component = web(sandbox)
    assert component.outputs() == {}
    with pytest.raises(MflowError, match="no module call 'a'"):
        component.call_outputs("a")
    component.declare("A", [A])
    with pytest.raises(MflowError) as caught:
        component.call_outputs("aa")
    assert caught.value.hint == "did you mean 'a'?"


def test_a_second_run_changes_nothing(sandbox: Sandbox) -> None:
    deployed(sandbox)
    component = web(sandbox, "run-2")
    component.declare("A", [A, Output("id", A.output("id"))])
    component.declare("B", [B])
    component.apply(prune=True)
    assert changes(sandbox) == (0, 0, 0)
    assert len(sandbox.heard(ApplySummary)) == 1


def test_in_the_middle_of_a_run_later_nodes_keep_what_they_have(sandbox: Sandbox) -> None:
    deployed(sandbox)
    component = web(sandbox, "run-2")
    component.declare("A", [ModuleCall("thing", "a", {"name": "x", "size": 2})])
    component.apply()
    assert changes(sandbox) == (0, 1, 0)
    assert state(component) == [THING_A, THING_B]


def test_the_end_of_a_run_destroys_what_it_no_longer_declares(sandbox: Sandbox) -> None:
    deployed(sandbox)
    component = web(sandbox, "run-2")
    component.declare("A", [A])
    component.apply(prune=True)
    assert changes(sandbox)[2] == 1
    assert ("B", "delete", "complete") in [(e.node, e.action, e.state) for e in sandbox.heard(ResourceProgress)]
    assert state(component) == [THING_A]
    assert not (component.folder / "B.tf").exists()


def test_a_run_that_declares_nothing_any_more_destroys_everything_of_its_diagram(sandbox: Sandbox) -> None:
    deployed(sandbox)
    component = web(sandbox, "run-2")
    component.apply()
    assert sandbox.events == []
    component.apply(prune=True)
    assert state(component) == []


def test_a_resumed_run_keeps_what_its_finished_nodes_declared(sandbox: Sandbox) -> None:
    component = web(sandbox)
    component.declare("A", [A])
    component = web(sandbox, "run-1")  # the same run in another process: node A does not run again
    component.declare("B", [B])
    component.apply(prune=True)
    assert state(component) == [THING_A, THING_B]


def test_a_call_that_another_node_takes_over_is_not_declared_twice(sandbox: Sandbox) -> None:
    deployed(sandbox)
    component = web(sandbox, "run-2")
    component.declare("C", [ModuleCall("thing", "a", {"name": "x", "size": 5})])
    component.apply()
    assert changes(sandbox) == (0, 1, 0)
    assert state(component) == [THING_A, THING_B]
    component.declare("B", [B])
    component.apply(prune=True)
    assert state(component) == [THING_A, THING_B]


def test_what_an_earlier_run_declared_gives_way_when_it_no_longer_fits_but_is_not_destroyed(sandbox: Sandbox) -> None:
    deployed(sandbox)
    sandbox.write_modules({"thing": MODULES["thing"].replace("variable", 'variable "owner" {}\nvariable', 1)})
    component = web(sandbox, "run-2")
    component.apply()
    component.declare("A", [ModuleCall("thing", "a", {"name": "x", "owner": "me"})])
    component.apply()  # B lacks the new argument until its turn comes
    assert state(component) == [THING_A, THING_B]
    component.declare("B", [ModuleCall("thing", "b", {"name": "y", "owner": "me"})])
    component.apply(prune=True)
    assert changes(sandbox)[2] == 0


def test_nothing_is_done_when_nothing_that_fits_is_left(sandbox: Sandbox) -> None:
    deployed(sandbox)
    sandbox.write_modules({"thing": 'variable "other" {}\n'})
    component = web(sandbox, "run-2")
    component.declare("C", [Output("x", 1)])
    component.apply()
    assert sandbox.heard(ApplySummary) == []


def test_a_problem_between_nodes_is_found_before_terraform_starts(sandbox: Sandbox) -> None:
    component = web(sandbox)
    component.declare("A", [A])
    component.declare("B", [Configure("aa", {"size": 1})])
    component.apply()
    with pytest.raises(DeclarationsInvalid) as caught:
        component.check()
    assert list(caught.value.errors) == ["B"]
    with pytest.raises(DeclarationsInvalid):
        component.apply(prune=True)
    with pytest.raises(DeclarationsInvalid, match="did you mean 'size'"):
        component.declare("B", [Configure("a", {"sise": 1})])


def test_nodes_of_one_run_that_contradict_each_other_are_refused_at_once(sandbox: Sandbox) -> None:
    component = web(sandbox)
    component.declare("A", [ModuleCall("thing", "a", {"name": "x", "size": 1})])
    component.declare("B", [Configure("a", {"size": 2})])
    with pytest.raises(DeclarationsInvalid, match="A and B: module call 'a': argument size is set to different values"):
        component.apply()
    assert not (component.folder / "terraform.tfstate").exists()


def test_a_broken_validation_fails_its_node_and_changes_nothing(sandbox: Sandbox) -> None:
    component = web(sandbox)
    component.declare("A", [A])
    component.declare("B", [ModuleCall("thing", "b", {"name": "y", "kind": "fancy"})])
    with pytest.raises(TerraformFailed, match="A fancy thing must be large") as caught:
        component.apply()
    assert list(caught.value.errors) == ["B"]
    assert (caught.value.changed, caught.value.exit_code) == (False, 2)
    assert state(component) == []


def test_terraform_can_be_asked_to_validate(sandbox: Sandbox) -> None:
    component = web(sandbox)
    component.validate()
    component.declare("A", [A])
    component.validate()
    sandbox.write_modules({"script": 'output "x" {\n  value = local.missing\n}\n'})
    component.declare("B", [ModuleCall("script", "b")])
    with pytest.raises(TerraformFailed, match="undeclared local value") as caught:
        component.validate()
    assert list(caught.value.errors) == ["B"]


def test_a_resource_that_fails_fails_its_node_and_the_next_apply_goes_on(sandbox: Sandbox) -> None:
    component = web(sandbox)
    component.declare("A", [A])
    component.declare(
        "B", [ModuleCall("script", "b", {"command": "exit 3"}), ModuleCall("script", "c", {"command": "exit 4"})]
    )
    with pytest.raises(TerraformFailed) as caught:
        component.apply()
    assert list(caught.value.errors) == ["B"]
    assert "exit status 3" in str(caught.value)
    assert "exit status 4" in str(caught.value)
    assert (caught.value.changed, caught.value.exit_code) == (True, 1)
    assert component.pending
    component.declare("B", [ModuleCall("script", "b", {"command": "true"})])
    component.apply(prune=True)
    assert THING_A in state(component)


def test_many_threads_share_one_apply(sandbox: Sandbox) -> None:
    component = web(sandbox)
    barrier = threading.Barrier(8)

    def work(number: int) -> object:
        component.declare(f"N{number}", [ModuleCall("thing", f"t{number}", {"name": str(number)})])
        barrier.wait()
        return component.call_outputs(f"t{number}")["name"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [str(number) for number in range(8)]
    assert len(sandbox.heard(ApplySummary)) == 1


def test_init_runs_once_and_again_when_terraform_asks_for_it(sandbox: Sandbox) -> None:
    component = deployed(sandbox)
    log = sandbox.folder / "logs/local/acme/web.log"
    component.declare("A", [ModuleCall("thing", "a", {"name": "x", "size": 3})])
    component.apply()
    assert log.read_text().count("Initializing the backend") == 1
    (component.folder / ".terraform" / "modules" / "modules.json").unlink()
    component.declare("A", [A])
    component.apply()
    assert log.read_text().count("Initializing the backend") == 2


def test_an_init_that_fails_says_why(sandbox: Sandbox) -> None:
    sandbox.write_modules({"thing": 'terraform {\n  required_version = ">= 99"\n}\n'})
    component = web(sandbox)
    component.declare("A", [ModuleCall("thing", "a")])
    with pytest.raises(TerraformFailed, match="Unsupported Terraform Core version") as caught:
        component.apply()
    assert caught.value.errors == {}


def test_a_plan_by_hand_in_the_folder_shows_no_changes(sandbox: Sandbox) -> None:
    component = deployed(sandbox)
    done = subprocess.run(
        [find_toolchain().path, "plan", "-detailed-exitcode"],
        cwd=component.folder,
        env=child_environment(sandbox.target.environment()),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0


def test_a_component_is_worked_on_by_one_run_at_a_time(sandbox: Sandbox) -> None:
    deployed(sandbox)
    for act in ("declare", "apply", "plan", "destroy"):
        other = sandbox.components("run-2").open("web")
        with pytest.raises(ComponentBusy, match="run-1"):
            other.declare("A", [A]) if act == "declare" else getattr(other, act)(
                **{"prune": True} if act == "apply" else {}
            )
    assert sandbox.components("run-2").open("web").outputs() == _open[0].open("web").outputs()  # reading needs no lock


def test_diagrams_of_a_run_share_a_component_and_keep_to_their_own_nodes(sandbox: Sandbox) -> None:
    component = deployed(sandbox)
    other = _open[0].for_diagram("other", {"A": "Something else"}).open("web")
    other.declare("A", [ModuleCall("thing", "c", {"name": "z"})])
    other.apply(prune=True)
    assert len(state(component)) == 3
    assert {event.node for event in sandbox.heard(ResourceProgress) if "module.c" in event.address} == {"A"}
    component = web(sandbox, "run-2")
    component.declare("A", [A])
    component.apply(prune=True)
    assert state(component) == [THING_A, "module.c.terraform_data.this"]


def test_destroy_leaves_nothing(sandbox: Sandbox) -> None:
    deployed(sandbox)
    component = web(sandbox, "run-2")
    component.destroy()
    assert changes(sandbox) == (0, 0, 2)
    assert {event.node for event in sandbox.heard(ResourceProgress)} == {"A", "B"}
    top = sandbox.folder / "components"
    assert [path.name for path in top.iterdir()] == [".locks"]
    assert (component.outputs(), component.pending) == ({}, False)
    component.destroy()  # there is nothing any more
    component.declare("A", [A])
    component.apply()
    assert state(component) == [THING_A]


def test_destroy_works_when_the_modules_are_gone(sandbox: Sandbox) -> None:
    deployed(sandbox)
    shutil.rmtree(sandbox.modules)
    component = web(sandbox, "run-2")
    component.destroy()
    assert changes(sandbox) == (0, 0, 2)
    assert {event.node for event in sandbox.heard(ResourceProgress)} == {"A", "B"}
    assert not component.folder.exists()


def test_destroy_without_state_only_removes_the_folder(sandbox: Sandbox) -> None:
    component = web(sandbox)
    component.declare("A", [A])
    component.destroy()
    assert sandbox.heard(ApplySummary) == []
    assert not component.folder.exists()


def test_a_destroy_that_fails_keeps_everything(sandbox: Sandbox) -> None:
    deployed(sandbox)
    sandbox.target.overrides["x_override.tf"] = "not HCL ["
    component = web(sandbox, "run-2")
    with pytest.raises(TerraformFailed):
        component.destroy()
    sandbox.target.overrides.clear()
    assert len(state(component)) == 2


def test_a_plan_tells_what_an_apply_would_do_and_changes_nothing(sandbox: Sandbox) -> None:
    component = deployed(sandbox)
    assert component.plan().changes == ()
    component.declare("A", [ModuleCall("thing", "a", {"name": "x", "size": 7})])
    plan = component.plan()
    assert [(change.node, change.action) for change in plan.changes] == [("A", "update")]
    assert ("input.size", 1, 7) in [(c.path, c.before, c.after) for c in plan.changes[0].attributes()]
    gone = component.plan("-destroy")
    assert [change.action for change in gone.changes] == ["delete", "delete"]
    assert component.pending
    assert not (component.folder / "plan.tfplan").exists()
    component = web(sandbox, "run-2")
    component.declare("A", [A])
    assert [change.action for change in component.plan(prune=True).changes] == ["delete"]
    assert len(state(component)) == 2


def test_a_plan_of_nothing_is_empty(sandbox: Sandbox) -> None:
    assert web(sandbox).plan().changes == ()


def test_where_nothing_may_be_changed_unknown_outputs_say_so(sandbox: Sandbox) -> None:
    component = web(sandbox, plan_only=True)
    component.declare(
        "A", [A, Output("id", A.output("id")), Output("fixed", "f"), Output("secret", "s", sensitive=True)]
    )
    assert component.outputs()["fixed"] == "f"
    assert component.outputs()["secret"] == "s"
    with pytest.raises(UnknownOutput):
        component.outputs()["id"]
    outputs = component.call_outputs("a")
    with pytest.raises(UnknownOutput):
        outputs["id"]
    with pytest.raises(MflowError, match="no module call 'b'"):
        component.call_outputs("b")
    assert not (component.folder / "terraform.tfstate").exists()
    assert not (component.folder / "declarations.json").exists()


def test_where_nothing_may_be_changed_what_exists_is_known(sandbox: Sandbox) -> None:
    known = deployed(sandbox).outputs()
    component = web(sandbox, "run-2", plan_only=True)
    assert component.outputs() == known
    component.declare("A", [A, Output("id", A.output("id"))])
    assert component.outputs()["id"] == known["id"]
    component.destroy()
    assert changes(sandbox) == (0, 0, 0)
    assert web(sandbox, "run-3").outputs() == known


def test_only_the_reviewed_plan_is_applied(sandbox: Sandbox) -> None:
    component = web(sandbox, plan_only=True)
    component.declare("A", [A])
    component.declare("B", [ModuleCall("thing", "b", {"name": A.output("id")})])
    reviewed = {component.name: component.plan(prune=True)}
    component = web(sandbox, "run-2", reviewed=reviewed)
    component.declare("A", [A])
    component.apply()
    component.declare("B", [ModuleCall("thing", "b", {"name": A.output("id")})])
    component.apply(prune=True)
    assert changes(sandbox) == (2, 0, 0)
    assert not (component.folder / "plan.tfplan").exists()


def test_another_plan_than_the_reviewed_one_is_refused(sandbox: Sandbox) -> None:
    component = web(sandbox, plan_only=True)
    component.declare("A", [A])
    reviewed = {component.name: component.plan()}
    component = web(sandbox, "run-2", reviewed=reviewed)
    component.declare("A", [ModuleCall("thing", "a", {"name": "other"})])
    with pytest.raises(MflowError, match="create with other values than planned") as caught:
        component.apply()
    assert caught.value.code == "terraform.review"
    component = web(sandbox, "run-3", reviewed={})
    component.declare("B", [B])
    with pytest.raises(MflowError, match="nothing was planned, now create"):
        component.apply()
    assert state(component) == []


def test_state_of_a_target_that_was_emptied_is_set_aside(sandbox: Sandbox) -> None:
    sandbox.target.instance = "one"
    deployed(sandbox)
    sandbox.target.instance = "two"
    component = web(sandbox, "run-2")
    component.declare("A", [A])
    component.declare("B", [B])
    component.apply(prune=True)
    assert changes(sandbox) == (2, 0, 0)
    assert len(sandbox.heard(TerraformWarning)) == 1
    stale = json.loads((component.folder / "terraform.tfstate.stale").read_text())
    assert len(stale["resources"]) == 2


def test_a_state_that_could_not_be_saved_is_brought_home(sandbox: Sandbox) -> None:
    component = web(sandbox)
    component.declare("A", [A])
    component.apply()
    saved, stranded = component.folder / "terraform.tfstate", component.folder / "errored.tfstate"
    before = saved.read_text()
    component.declare("B", [B])
    component.apply(prune=True)
    stranded.write_text(saved.read_text())
    saved.write_text(before)
    component = web(sandbox, "run-2")
    component.declare("A", [A])
    component.declare("B", [B])
    component.apply(prune=True)
    assert changes(sandbox) == (0, 0, 0)
    assert not stranded.exists()


def test_state_can_live_elsewhere_and_moves_there(sandbox: Sandbox) -> None:
    deployed(sandbox)
    elsewhere = sandbox.folder / "elsewhere.tfstate"
    component = web(sandbox, "run-2", backend=Backend("local", {"path": str(elsewhere)}))
    component.declare("A", [A])
    component.declare("B", [B])
    component.apply(prune=True)
    assert changes(sandbox) == (0, 0, 0)
    assert len(json.loads(elsewhere.read_text())["resources"]) == 2
    component.destroy()
    assert json.loads(elsewhere.read_text())["resources"] == []
    fresh = web(sandbox, "run-3", backend=Backend("local", {"path": str(elsewhere)}))
    fresh.declare("A", [A])
    fresh.apply()
    assert state(fresh) == [THING_A]


def test_a_component_remembers_where_its_state_is_kept(sandbox: Sandbox) -> None:
    elsewhere = sandbox.folder / "elsewhere.tfstate"
    component = deployed(sandbox)
    component.keep_state_in(Backend("local", {"path": str(elsewhere)}))
    component.keep_state_in(Backend("local", {"path": str(elsewhere)}))
    component.apply()
    assert changes(sandbox) == (2, 0, 0)  # of the first apply: moving changes nothing
    assert len(json.loads(elsewhere.read_text())["resources"]) == 2
    again = web(sandbox, "run-2")
    assert state(again) == [THING_A, THING_B]
    again.keep_state_in(None)
    again.apply()
    assert (again.folder / "terraform.tfstate").stat().st_size > 0
    assert not (again.folder / "backend.tf").exists()
    again.destroy()


def test_a_state_comes_home_before_its_own_storage_is_destroyed(sandbox: Sandbox) -> None:
    elsewhere = sandbox.folder / "elsewhere.tfstate"
    component = deployed(sandbox)
    component.keep_state_in(Backend("local", {"path": str(elsewhere)}, own_storage=True))
    component.apply()
    component.destroy()
    assert not component.folder.exists()
    assert len(json.loads(elsewhere.read_text())["resources"]) == 2  # nobody needs it any more


def test_where_a_state_is_kept_cannot_change_while_another_run_works_on_it(sandbox: Sandbox) -> None:
    deployed(sandbox)
    with pytest.raises(ComponentBusy):
        sandbox.components("run-2").open("web").keep_state_in(Backend("local", {"path": "elsewhere"}))
    web(sandbox, "run-3").keep_state_in(Backend("local", {"path": str(sandbox.folder / "elsewhere.tfstate")}))
    sandbox.components("run-4").open("web").reserve()  # it was held for the moment only


def test_a_damaged_note_of_where_the_state_is_stops_everything(sandbox: Sandbox) -> None:
    component = deployed(sandbox)
    (component.folder / "backend.json").write_text("{}")
    with pytest.raises(MflowError, match="cannot read where the state is kept"):
        component.plan()


def test_what_a_target_needs_to_reach_a_backend_stands_in_an_override(sandbox: Sandbox) -> None:
    sandbox.target.backend = {"path": str(sandbox.folder / "target.tfstate")}
    component = web(sandbox, backend=Backend("local", {"workspace_dir": "w"}))
    component.declare("A", [A])
    component.apply()
    assert "path" not in (component.folder / "backend.tf").read_text()
    assert 'workspace_dir = "w"' in (component.folder / "mflow_backend_override.tf").read_text()
    assert len(json.loads((sandbox.folder / "target.tfstate").read_text())["resources"]) == 1


def test_a_state_that_was_kept_in_a_target_is_gone_with_it(sandbox: Sandbox) -> None:
    sandbox.target.instance = "one"
    component = deployed(sandbox)
    elsewhere = sandbox.folder / "elsewhere.tfstate"
    component.keep_state_in(Backend("local", {"path": str(elsewhere)}))
    component.apply()
    sandbox.target.instance = "two"
    fresh = web(sandbox, "run-2")
    fresh.declare("A", [A])
    fresh.apply()
    assert changes(sandbox) == (2, 0, 0)
    assert not (fresh.folder / "backend.json").exists()
    assert len(sandbox.heard(TerraformWarning)) == 1


def test_something_that_exists_is_imported_and_stays_as_it_is(sandbox: Sandbox) -> None:
    component = web(sandbox)
    component.declare("A", [A])
    component.declare("B", [Import("module.a.terraform_data.this", "an-id")])
    component.apply(prune=True)
    root = json.loads(component.terraform("show", "-json"))["values"]["root_module"]
    assert [resource["values"]["id"] for resource in root["child_modules"][0]["resources"]] != []
    assert 'to = module.a.terraform_data.this\n  id = "an-id"' in (component.folder / "B.tf").read_text()
    again = web(sandbox, "run-2")
    again.declare("A", [A])
    again.apply(prune=True)
    assert changes(sandbox) == (0, 0, 0)


def test_it_is_remembered_for_whom_and_when_a_component_was_deployed_first(sandbox: Sandbox) -> None:
    component = web(sandbox, owners=("acme/all", "acme/web"))
    assert component.provenance is None
    component.declare("A", [ModuleCall("script", "a", {"command": "exit 1"})])
    with pytest.raises(TerraformFailed):
        component.apply()
    known = component.provenance
    assert known is not None and known.ended is not None
    assert known.owners == ("acme/all", "acme/web")
    assert known.began <= known.ended
    again = web(sandbox, "run-2", owners=("acme/web",))
    again.declare("A", [A])
    again.apply()
    assert again.provenance == known


def test_an_interrupt_stops_terraform_and_its_state_is_whole(sandbox: Sandbox) -> None:
    fifo = sandbox.folder / "fifo"
    os.mkfifo(fifo)

    def interrupt(event: object) -> None:
        sandbox.events.append(event)  # type: ignore[arg-type]  # it is one
        started = isinstance(event, ResourceProgress) and (event.state, event.address) == ("started", THING_A)
        if started:
            components.interrupt()

    component = web(sandbox, observe=interrupt)
    components = _open[0]
    component.declare("A", [ModuleCall("script", "a", {"command": f"read line < {fifo}"})])
    with pytest.raises(Cancelled):
        component.apply()
    with pytest.raises(Cancelled):
        component.outputs()
    with pytest.raises(Cancelled):
        components.open("other").terraform("version")
    component = web(sandbox, "run-2")
    assert "module.a.terraform_data.before" in state(component)
    component.declare("A", [ModuleCall("script", "a", {"command": "true"})])
    component.apply(prune=True)
    assert THING_A in state(component)


CRASH = """
import os, signal, sys
from pathlib import Path
from mermaid_flow.handlers.calls import ModuleCall
from tests.terraform.sandbox import Sandbox

def die(event):
    if getattr(event, "state", "") == "started" and event.address.endswith(".this"):
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
component = Sandbox(folder).components("run-1", observe=die).open("web")
component.declare("A", [ModuleCall("script", "a", {"command": f"read line < {folder}/fifo"})])
component.apply()
"""


def test_terraform_finishes_when_mflow_is_killed_and_nobody_comes_between(sandbox: Sandbox) -> None:
    fifo = sandbox.folder / "fifo"
    os.mkfifo(fifo)
    died = subprocess.run(
        [sys.executable, "-c", CRASH, str(sandbox.folder)], cwd=Path(__file__).parents[2], check=False
    )
    assert died.returncode == -9
    component = web(sandbox, "run-1")
    with pytest.raises(ComponentBusy, match="terraform, left behind by run run-1"):
        component.plan()
    log = sandbox.folder / "logs/local/acme/web.log"
    with log.open() as reader:
        fifo.write_text("go\n")
        _wait_until_free(sandbox)
        assert "Apply complete" in reader.read()
    component.declare("A", [ModuleCall("script", "a", {"command": f"read line < {fifo}"})])
    component.apply(prune=True)
    assert changes(sandbox) == (0, 0, 0)


def _wait_until_free(sandbox: Sandbox) -> None:
    """Block until the lock that terraform inherited is free."""
    subprocess.run(
        ["flock", str(sandbox.folder / "components/.locks/local/acme/web.lock"), "true"], check=True, timeout=30
    )
