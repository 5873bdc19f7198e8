"""What users import, typed and loaded on first use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import mermaid_flow
from mermaid_flow import Flowchart, MflowError, load, parse, validate


def test_every_public_name_is_there() -> None:
    for name in mermaid_flow.__all__:
        assert getattr(mermaid_flow, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        mermaid_flow.nothing  # noqa: B018


def test_importing_loads_nothing_until_it_is_used() -> None:
    code = "import sys, mermaid_flow; print(sorted(m for m in sys.modules if m.startswith('mermaid_flow')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['mermaid_flow']"


def test_diagrams_are_parsed_and_loaded(tmp_path: Path) -> None:
    diagram = parse("flowchart TD\n    A[x] --> B[y]\n")
    assert isinstance(diagram, Flowchart)
    assert list(diagram.vertices) == ["A", "B"]
    file = tmp_path / "doc.md"
    file.write_text("```mermaid\nflowchart TD\n  A --> B\n```\n\n```mermaid\nsequenceDiagram\n  A->>B: x\n```\n")
    assert [type(each).__name__ for each in load(file)] == ["Flowchart", "SequenceDiagram"]
    with pytest.raises(MflowError):
        load(tmp_path / "missing.mmd")


def test_files_are_validated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.mmd"
    file.write_text("graph TD\n    A{x} -->|Yes| B[y]\n")
    assert [found.rule for found in validate(file)] == ["MF603", "MF301"]
    assert [found.rule for found in validate(str(file), select=["flow"])] == ["MF301"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "diagrams").mkdir()
    assert validate() == []


TYPED = """
from mermaid_flow import (
    Configure, Context, Flowchart, MflowError, ModuleCall, SequenceDiagram, action, configure, decision, load, parse,
    validate,
)
from mermaid_flow.testing import call, play

@configure("Make")
def make(context: Context) -> list[ModuleCall | Configure]:
    return [ModuleCall("thing", "thing", {"size": context.vars.require("size", int)})]

@decision("More?")
def more(context: Context) -> bool:
    return context.vars.get("more", bool, False)

@action("Show")
def show(context: Context) -> dict[str, object]:
    return dict(context.component.outputs())

diagram: Flowchart | SequenceDiagram = parse("flowchart TD")
rules: list[str] = [found.rule for found in validate("diagrams")]
size: int = len(call(make, vars={"size": 1}).declarations)
"""


@pytest.mark.slow
def test_the_public_api_type_checks_strictly(tmp_path: Path) -> None:
    file = tmp_path / "uses.py"
    file.write_text(TYPED)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--cache-dir", str(tmp_path / "c"), str(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    problems = [line for line in done.stdout.splitlines() if line.startswith(str(file))]
    assert problems == [], done.stdout
