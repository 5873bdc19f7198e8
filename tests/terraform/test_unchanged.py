"""Components of which nothing has changed are left alone, without asking Terraform."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import Backend, File, ModuleCall, Output
from mermaid_flow.terraform.progress import ApplySummary, OutputsRead
from tests.terraform.sandbox import MODULES, Sandbox

pytestmark = pytest.mark.terraform

A = ModuleCall("thing", "a", {"name": "x"})


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = Sandbox(tmp_path)
    sandbox.write_modules(MODULES)
    apply(sandbox, "first", A)
    return sandbox


def apply(sandbox: Sandbox, run: str, *declared: ModuleCall | File, skip: bool = True) -> bool:
    """One run that declares this; whether Terraform had a look at it."""
    sandbox.events.clear()
    components = sandbox.components(run, skip_unchanged=skip)
    component = components.open("web")
    try:
        component.declare("A", [*declared, Output("name", A.output("name"))])
        component.apply(prune=True)
    finally:
        components.close()
    (done,) = sandbox.heard(ApplySummary)
    return done.seconds > 0


def test_nothing_is_asked_when_nothing_has_changed(sandbox: Sandbox) -> None:
    assert not apply(sandbox, "second", A)
    (read,) = sandbox.heard(OutputsRead)
    assert read.values == {"name": "x"}
    assert apply(sandbox, "third", A, skip=False)


def test_another_value_is_noticed(sandbox: Sandbox) -> None:
    assert apply(sandbox, "second", ModuleCall("thing", "a", {"name": "x", "size": 2}))
    assert not apply(sandbox, "third", ModuleCall("thing", "a", {"name": "x", "size": 2}))


def test_a_changed_module_is_noticed(sandbox: Sandbox) -> None:
    sandbox.write_modules({"thing": MODULES["thing"].replace("default = 1", "default = 4")})
    assert apply(sandbox, "second", A)


def test_a_changed_file_is_noticed(sandbox: Sandbox) -> None:
    assert apply(sandbox, "second", A, File("code.txt", b"one"))
    assert not apply(sandbox, "third", A, File("code.txt", b"one"))
    assert apply(sandbox, "fourth", A, File("code.txt", b"two"))


def test_another_provider_block_is_noticed(sandbox: Sandbox) -> None:
    sandbox.target.overrides["mflow_override.tf"] = "# another endpoint\n"
    assert apply(sandbox, "second", A)


def test_an_emptied_target_is_noticed(sandbox: Sandbox) -> None:
    sandbox.target.instance = "one"
    assert not apply(sandbox, "second", A)
    sandbox.target.instance = "two"
    assert apply(sandbox, "third", A)


def test_a_state_that_somebody_has_changed_is_noticed(sandbox: Sandbox) -> None:
    components = sandbox.components("by hand")
    components.open("web").terraform("untaint", "-allow-missing", "module.a.terraform_data.nothing")
    components.open("web").terraform("taint", "module.a.terraform_data.this")
    components.close()
    assert apply(sandbox, "second", A)


def test_an_apply_that_failed_is_repeated(sandbox: Sandbox) -> None:
    with pytest.raises(MflowError):
        apply(sandbox, "second", A, ModuleCall("script", "b", {"command": "exit 3"}))
    assert apply(sandbox, "third", A)


def test_where_the_state_is_elsewhere_terraform_is_asked(sandbox: Sandbox, tmp_path: Path) -> None:
    components = sandbox.components("move")
    components.open("web").keep_state_in(Backend("local", {"path": str(tmp_path / "elsewhere.tfstate")}))
    components.close()
    assert apply(sandbox, "second", A)
    assert apply(sandbox, "third", A)
