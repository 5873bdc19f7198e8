"""Brings a component's folder to the state that its root module describes, writing only what differs."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mermaid_flow.handlers.calls import FILES, Backend
from mermaid_flow.terraform import backend_file
from mermaid_flow.terraform.commands import STATE_FILE, Requirements
from mermaid_flow.terraform.root_module import GENERATED, RootModule, backend_block
from mermaid_flow.terraform.targets import Target
from mermaid_flow.terraform.vendoring import copy_modules

BACKEND = "mflow_backend_override.tf"
"""What the target adds to the backend's settings; it replaces `backend.tf`."""

_INSTANCE = "instance"


def write_folder(folder: Path, root: RootModule, overrides: Mapping[str, str]) -> Requirements:
    """Write the root module, the files and copies of modules that it needs, and the target's override files.

    Generated files that are no longer part of it are removed; files of the user's own stay. The folder is for this user
    only: values and state may hold secrets. Returns what `init` depends on.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = {**root.files, **_marked(overrides)}
    for name, text in files.items():
        path = folder / name
        if _text(path) != text:
            path.write_text(text, encoding="utf-8")
    for path in folder.glob("*.tf"):
        if path.name not in files and _text(path).startswith(GENERATED):
            path.unlink()
    _write_contents(folder, root.contents)
    copy_modules(folder, root.modules)
    calls = sorted(name for name in root.entry_by_call)
    modules = [f"{path} {module.digest}" for path, module in root.modules.items()]
    backend = root.backend
    return Requirements(
        providers=_digest([files["versions.tf"], *(text for name, text in overrides.items() if name != BACKEND)]),
        modules=_digest([*calls, *modules]),
        backend=_digest([text for name, text in files.items() if name in ("backend.tf", BACKEND)]) if backend else "",
        place=_digest([repr(sorted(backend.place.items()))]) if backend else "",
    )


def _write_contents(folder: Path, contents: Mapping[str, bytes]) -> None:
    for name, content in contents.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    for path in (folder / FILES).glob("*"):
        if path.relative_to(folder).as_posix() not in contents:
            path.unlink()


def _marked(overrides: Mapping[str, str]) -> dict[str, str]:
    """The target's files, marked as generated so that they go with the rest."""
    return {name: text if text.startswith(GENERATED) else f"{GENERATED}.\n\n{text}" for name, text in overrides.items()}


def override_files(target: Target, backend: Backend | None) -> Mapping[str, str]:
    """What the target lays over the generated files, so that it is reached, and the backend in it."""
    settings = target.backend_settings(backend.type) if backend is not None else {}
    if backend is None or not settings:
        return target.override_files()
    whole = replace(backend, settings={**backend.settings, **settings})
    return {**target.override_files(), BACKEND: backend_block(whole)}


def set_stale_state_aside(folder: Path, instance: str | None) -> bool:
    """Put the state out of the way when it tells of another life of the target than `instance`; whether it did.

    A target that was emptied as a whole has nothing of what the state tells of. The old state is kept beside it. A
    state that was kept in the target is gone with it, and so is the place where it was.
    """
    if not folder.is_dir():
        return False
    remembered, state = folder / _INSTANCE, folder / STATE_FILE
    before = remembered.read_text(encoding="utf-8") if remembered.is_file() else instance
    elsewhere = backend_file.read(folder) is not None
    stale = before != instance and (elsewhere or state.is_file())
    if stale:
        if state.is_file():
            state.replace(state.with_suffix(".tfstate.stale"))
        if elsewhere:
            backend_file.write(folder, None)
            shutil.rmtree(folder / ".terraform", ignore_errors=True)
        remember_instance(folder, instance)
    return stale


def remember_instance(folder: Path, instance: str | None) -> None:
    """Remember the life of the target that the state tells of."""
    if instance is not None:
        (folder / _INSTANCE).write_text(instance, encoding="utf-8")


def remove_folder(folder: Path, top: Path) -> None:
    """Remove a destroyed component's folder, and the folders above it, up to `top`, that are empty then."""
    shutil.rmtree(folder)
    for parent in folder.parents:
        if parent == top or any(parent.iterdir()):
            break
        parent.rmdir()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _digest(texts: list[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
