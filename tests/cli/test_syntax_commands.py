"""`parse`, `graph` and `fmt`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Mflow


def test_the_syntax_tree_is_json(mflow: Mflow, small: Path) -> None:
    tree = json.loads(mflow("parse", "diagrams/shop.mmd").out)
    assert tree["kind"] == "flowchart"
    assert [vertex["id"] for vertex in tree["vertices"]][:2] == ["Start", "Make"]


def test_several_diagrams_of_a_file_are_a_list(mflow: Mflow, small: Path) -> None:
    Path("doc.md").write_text("```mermaid\ngraph TD\nA-->B\n```\n\n```mermaid\nsequenceDiagram\nA->>B: x\n```\n")
    assert [tree["kind"] for tree in json.loads(mflow("parse", "doc.md").out)] == ["flowchart", "sequence"]
    Path("empty.md").write_text("# nothing\n")
    done = mflow("parse", "empty.md")
    assert (done.code, "no Mermaid diagram" in done.err) == (2, True)


def test_the_executable_model_is_json(mflow: Mflow, small: Path) -> None:
    model = json.loads(mflow("graph", "diagrams/shop.mmd").out)
    roles = {node["id"]: node["role"] for node in model["nodes"]}
    assert roles["MoreWanted"] == "decision"
    Path("s.mmd").write_text("sequenceDiagram\nA->>B: x\n")
    done = mflow("graph", "s.mmd")
    assert (done.code, "sequence diagram" in done.err) == (2, True)


def test_one_of_several_diagrams_is_named_by_its_number(mflow: Mflow, small: Path) -> None:
    Path("doc.md").write_text("```mermaid\ngraph TD\nA-->B\n```\n\n```mermaid\ngraph TD\nC-->D\n```\n")
    assert "C" in mflow("graph", "doc.md#2").out
    assert "name one of them" in mflow("graph", "doc.md").err
    assert "has 2 diagrams, not 3" in mflow("graph", "doc.md#3").err


def test_files_are_formatted_in_place_once(mflow: Mflow, small: Path) -> None:
    file = small / "a.mmd"
    file.write_text("graph TD\nA-->B\n  %% kept\n")
    checked = mflow("fmt", "a.mmd", "--check")
    assert (checked.code, checked.out) == (1, "would format a.mmd\n")
    difference = mflow("fmt", "a.mmd", "--diff")
    assert difference.code == 1
    assert "+    A --> B" in difference.out
    assert mflow("fmt", "a.mmd").code == 0
    assert "%% kept" in file.read_text()
    assert mflow("fmt", "a.mmd").out == ""
    assert mflow("fmt", ".", "--check").code in (0, 1)


def test_a_diagram_with_a_mistake_stays_and_is_told(mflow: Mflow, small: Path) -> None:
    file = small / "bad.mmd"
    file.write_text("graph TD\nA[x -->B\n")
    done = mflow("fmt", "bad.mmd")
    assert done.code == 1
    assert "bad.mmd:2" in done.err
    assert file.read_text() == "graph TD\nA[x -->B\n"


def test_standard_input_is_formatted_to_standard_output(
    mflow: Mflow, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("graph TD\nA-->B\n"))
    done = mflow("fmt", "-")
    assert (done.code, "    A --> B" in done.out) == (0, True)
