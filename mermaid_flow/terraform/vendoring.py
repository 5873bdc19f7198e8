"""Copies the called modules into the component's folder, so that it is whole and can be moved or reviewed alone.

The copy keeps the paths of the library, so that modules which call each other by relative paths still find each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from mermaid_flow.terraform.library import ModuleLibrary, module_files
from mermaid_flow.terraform.module import Module

_FOLDER = "modules"


def vendored_path(module: Module, library: ModuleLibrary) -> str:
    """Where the module is copied to, relative to the component's folder."""
    number = library.folders.index(module.root)
    return f"{_FOLDER}{number or ''}/{module.folder.relative_to(module.root).as_posix()}"


def vendored_modules(called: Iterable[Module], library: ModuleLibrary) -> dict[str, Module]:
    """The modules and all that they call in turn, by the path to copy each to. Raises what `called_by` raises."""
    found: dict[str, Module] = {}
    waiting = list(called)
    while waiting:
        module = waiting.pop()
        path = vendored_path(module, library)
        if path not in found:
            found[path] = module
            waiting.extend(library.called_by(module))
    return dict(sorted(found.items()))


def copy_modules(folder: Path, modules: Mapping[str, Module]) -> None:
    """Make the copies in `folder` equal to the library: write what differs, remove what is no longer called."""
    wanted = {
        folder / path / file.relative_to(module.folder): file
        for path, module in modules.items()
        for file in module_files(module.folder)
    }
    for copy, original in wanted.items():
        content = original.read_bytes()
        if not copy.is_file() or copy.read_bytes() != content:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
    trees = [
        path for path in folder.glob(f"{_FOLDER}*") if path.name.removeprefix(_FOLDER).isdigit() or path.name == _FOLDER
    ]
    for tree in trees:
        for path in sorted([tree, *tree.rglob("*")], reverse=True):  # children come before their folder
            if path.is_file() and path not in wanted:
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()
