from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.nested_runs import find_nested, node_around, outer_names, run_name
from mermaid_flow.errors import MflowError
from mermaid_flow.syntax.source import Source


def make(runs: Path, diagram: str = "vpc", parent: RunFolder | None = None, *, created: float = 1.0) -> RunFolder:
    source = Source("flowchart TD\nA", f"{diagram}.mmd")
    return RunFolder.create(runs, source, diagram=diagram, parent=parent.id if parent else None, clock=lambda: created)


def inside(outer: RunFolder, node: str, diagram: str = "vpc", visit: int = 1, *, created: float = 1.0) -> RunFolder:
    return make(outer.visit_folder(node, visit) / "runs", diagram, outer, created=created)


def test_a_nested_run_is_called_by_those_around_it(tmp_path: Path) -> None:
    outer = make(tmp_path)
    middle = inside(outer, "A")
    inner = inside(middle, "A")
    names = [run_name(folder.metadata, folder.path) for folder in (outer, middle, inner)]
    assert names == [outer.id, f"{outer.id}.{middle.id}", f"{outer.id}.{middle.id}.{inner.id}"]
    assert outer_names(names[2]) == names[:2]
    assert outer_names(names[0]) == []


def test_the_run_around_it_may_be_recorded_elsewhere(tmp_path: Path) -> None:
    outer = make(tmp_path)
    nested = inside(outer, "A")
    (outer.path / "run.json").unlink()
    assert run_name(nested.metadata, nested.path) == f"{outer.id}.{nested.id}"


def test_it_is_found_by_its_id_or_by_its_diagram(tmp_path: Path) -> None:
    outer = make(tmp_path)
    first = inside(outer, "A", "shop")
    second = inside(outer, "B", "shop", visit=2, created=2.0)
    other = inside(outer, "B", "vpc")
    for name, expected in {first.id: first, other.id[-4:]: other, "shop": second, "vpc": other}.items():
        assert find_nested(outer, name).path == expected.path


@pytest.mark.parametrize("name", ["nothing", "", "..", "../..", "A"])
def test_what_is_not_there_is_not_found(tmp_path: Path, name: str) -> None:
    outer = make(tmp_path)
    inside(outer, "A")
    with pytest.raises(MflowError, match="no run"):
        find_nested(outer, name)


@pytest.mark.parametrize("node", ["A", "a b/../c", "ä%.", "-_", "\ud800"])
def test_the_node_around_it_is_told_by_its_folder(tmp_path: Path, node: str) -> None:
    assert node_around(inside(make(tmp_path), node).path) == node


def test_a_node_with_an_endless_id_is_not(tmp_path: Path) -> None:
    assert node_around(inside(make(tmp_path), "x" * 500).path) == ""
