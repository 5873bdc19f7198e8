"""The project that ships with mermaid-flow: in the wheel as `template/`, in a clone as the repository itself."""

from __future__ import annotations

import shutil
from pathlib import Path

from mermaid_flow.errors import MflowError, Problems

PARTS = ("mflow.yaml", "diagrams", "functions", "handlers", "terraform/modules", "vars")
_LEFT_OUT = {"__pycache__", ".terraform"}


def template_folder() -> Path:
    """Where the template is. Raises MflowError when this installation has none."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "template", package.parent):
        if (folder / "mflow.yaml").is_file() and (folder / "handlers").is_dir():
            return folder
    raise MflowError("this installation came without the catalog", code="template.missing", hint="install it afresh")


def copy_template(target: Path) -> list[Path]:
    """Copy the template into `target`; returns what was written, relative to it.

    Raises Problems, having written nothing, when a file with another content is in the way.
    """
    source = template_folder()
    files = [file for part in PARTS for file in _files(source / part)]
    pairs = [(file, target / file.relative_to(source)) for file in files]
    in_the_way = [there for file, there in pairs if there.exists() and there.read_bytes() != file.read_bytes()]
    if in_the_way:
        raise Problems(
            MflowError(f"{there} is there already and is another file", code="template.exists") for there in in_the_way
        )
    written = [(file, there) for file, there in pairs if not there.exists()]
    for file, there in written:
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, there)
    return [there.relative_to(target) for _, there in written]


def _files(part: Path) -> list[Path]:
    if part.is_file():
        return [part]
    return sorted(file for file in part.rglob("*") if file.is_file() and not _LEFT_OUT.intersection(file.parts))
