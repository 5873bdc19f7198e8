from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mermaid_flow.handlers.calls import Backend, Declaration, File, ModuleCall
from mermaid_flow.terraform.assembly import assemble
from mermaid_flow.terraform.declarations import NodeDeclarations
from mermaid_flow.terraform.folder import remove_folder, write_folder
from mermaid_flow.terraform.library import ModuleLibrary
from mermaid_flow.terraform.root_module import RootModule, write_root_module
from tests.terraform.sandbox import MODULES, Sandbox

OVERRIDES = {"mflow_target_override.tf": 'provider "p" {}\n'}


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = Sandbox(tmp_path)
    sandbox.write_modules(MODULES)
    return sandbox


def root(sandbox: Sandbox, *declarations: Declaration, backend: Backend | None = None) -> RootModule:
    library = ModuleLibrary([sandbox.modules])
    entries = [NodeDeclarations("flow", f"N{number}", "", "r", (item,)) for number, item in enumerate(declarations)]
    return write_root_module(assemble(entries, library), library, backend=backend)


THING = ModuleCall("thing", "a", {"name": "x"})
SCRIPT = ModuleCall("script", "b", {"command": "true"})


def test_only_what_differs_is_written_and_what_is_gone_is_removed(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "component"
    write_folder(folder, root(sandbox, THING, SCRIPT), OVERRIDES)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.glob("*.tf")} == {
        "N0.tf",
        "N1.tf",
        "outputs.tf",
        "versions.tf",
        "mflow_target_override.tf",
    }
    (folder / "mine.tf").write_text("# mine\n")
    before = (folder / "N0.tf").stat().st_mtime_ns
    write_folder(folder, root(sandbox, THING), {})
    assert {path.name for path in folder.glob("*.tf")} == {"N0.tf", "outputs.tf", "versions.tf", "mine.tf"}
    assert (folder / "N0.tf").stat().st_mtime_ns == before
    assert not (folder / "modules/script").exists()


def test_files_that_calls_need_lie_beside_the_root_module(sandbox: Sandbox, tmp_path: Path) -> None:
    folder, code = tmp_path / "component", File("code.zip", b"1")
    write_folder(folder, root(sandbox, THING, code), {})
    path = folder / code.path
    assert path.read_bytes() == b"1"
    before = path.stat().st_mtime_ns
    write_folder(folder, root(sandbox, THING, code), {})
    assert path.stat().st_mtime_ns == before
    write_folder(folder, root(sandbox, THING, File("code.zip", b"2"), File("other", b"")), {})
    assert {path.name: path.read_bytes() for path in folder.glob("files/*")} == {"code.zip": b"2", "other": b""}
    write_folder(folder, root(sandbox, THING), {})
    assert list(folder.glob("files/*")) == []


def test_init_is_needed_again_only_when_providers_modules_or_backend_change(sandbox: Sandbox, tmp_path: Path) -> None:
    def needed(made: RootModule, overrides: dict[str, str] = OVERRIDES) -> tuple[str, str, str]:
        wanted = write_folder(tmp_path / "component", made, overrides)
        return wanted.providers, wanted.modules, wanted.backend

    providers, modules, backend = needed(root(sandbox, THING))
    assert needed(root(sandbox, ModuleCall("thing", "a", {"name": "other"}))) == (providers, modules, backend)
    assert needed(root(sandbox, THING), {})[0] != providers
    assert needed(root(sandbox, THING, SCRIPT))[1] != modules
    assert needed(root(sandbox, ModuleCall("thing", "renamed", {"name": "x"})))[1] != modules
    assert needed(root(sandbox, THING, backend=Backend("s3", {"bucket": "b"})))[2] != backend
    sandbox.write_modules({"thing": MODULES["thing"] + "\n"})
    assert needed(root(sandbox, THING))[1] != modules


def test_a_destroyed_component_takes_its_empty_folders_along(tmp_path: Path) -> None:
    for name in ("acme/dev/vpc", "acme/prod/vpc"):
        (tmp_path / "components" / "local" / name).mkdir(parents=True)
    top = tmp_path / "components"
    remove_folder(top / "local/acme/dev/vpc", top)
    assert sorted(path.name for path in top.rglob("*")) == ["acme", "local", "prod", "vpc"]
    remove_folder(top / "local/acme/prod/vpc", top)
    assert list(top.iterdir()) == []
