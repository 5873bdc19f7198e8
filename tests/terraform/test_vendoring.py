from __future__ import annotations

from pathlib import Path

from mermaid_flow.terraform.library import ModuleLibrary
from mermaid_flow.terraform.vendoring import copy_modules, vendored_modules, vendored_path


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def tree(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


FILES = {
    "vpc/main.tf": 'module "s" { source = "../network/subnets" }\n',
    "vpc/policy.json": "{}",
    "vpc/.terraform/junk": "",
    "network/subnets/main.tf": 'module "v" { source = "../../vpc" }\n',
    "other/main.tf": "",
}


def test_modules_are_copied_with_those_that_they_call(tmp_path: Path) -> None:
    library = ModuleLibrary([write(tmp_path / "library", FILES)])
    modules = vendored_modules([library.module("vpc")], library)
    assert list(modules) == ["modules/network/subnets", "modules/vpc"]
    copy_modules(tmp_path / "component", modules)
    assert tree(tmp_path / "component") == {
        "modules/vpc/main.tf": FILES["vpc/main.tf"],
        "modules/vpc/policy.json": "{}",
        "modules/network/subnets/main.tf": FILES["network/subnets/main.tf"],
    }


def test_copies_follow_the_library_and_go_with_the_call(tmp_path: Path) -> None:
    component = write(tmp_path / "component", {"modules.txt": "mine", "modules_old/x": "mine", "main.tf": "mine"})
    root = write(tmp_path / "library", FILES)
    library = ModuleLibrary([root])
    both = vendored_modules([library.module("vpc"), library.module("other")], library)
    copy_modules(component, both)
    untouched = (component / "modules/vpc/main.tf").stat().st_mtime_ns
    write(root, {"vpc/policy.json": "[]"})
    copy_modules(component, vendored_modules([library.module("vpc")], library))
    assert (component / "modules/vpc/main.tf").stat().st_mtime_ns == untouched
    assert (component / "modules/vpc/policy.json").read_text() == "[]"
    assert not (component / "modules/other").exists()
    copy_modules(component, {})
    assert tree(component) == {"modules.txt": "mine", "modules_old/x": "mine", "main.tf": "mine"}
    assert not (component / "modules").exists()


def test_a_second_library_has_a_folder_of_its_own(tmp_path: Path) -> None:
    roots = [write(tmp_path / "own", {"a/main.tf": ""}), write(tmp_path / "library", FILES)]
    library = ModuleLibrary(roots)
    assert vendored_path(library.module("a"), library) == "modules/a"
    assert vendored_path(library.module("vpc"), library) == "modules1/vpc"
