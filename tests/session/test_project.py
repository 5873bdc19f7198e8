"""A project is found by its mflow.yaml, and mistakes in that file have a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.session.project import find_project


def write(folder: Path, text: str) -> Path:
    (folder / "mflow.yaml").write_text(text)
    return folder


def test_the_nearest_file_above_counts(tmp_path: Path) -> None:
    write(tmp_path, "name: shop\nmodules: modules\ncontext: [stage]\n")
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    (inside / "x.mmd").write_text("graph TD\n")
    for start in (inside, inside / "x.mmd"):
        project = find_project(start)
        assert (project.name, project.folder) == ("shop", tmp_path)
        assert project.modules == (tmp_path / "modules",)
        assert project.context == ("stage",)
        assert project.runs == tmp_path / ".mflow" / "runs"
        assert project.stacks is None


def test_without_a_file_everything_is_default(tmp_path: Path) -> None:
    project = find_project(tmp_path)
    assert (project.target, project.file, project.name) == ("local", None, tmp_path.name)


def test_an_empty_file_is_a_project(tmp_path: Path) -> None:
    assert find_project(write(tmp_path, "")).file == tmp_path / "mflow.yaml"


def test_stacks_are_relative_to_the_project(tmp_path: Path) -> None:
    assert find_project(write(tmp_path, "stacks: stacks")).stacks == tmp_path / "stacks"


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("name: x\ndiagramms: d", "no setting 'diagramms'", 2),
        ("parallel: many", "parallel must be of type int", 1),
        ("parallel: true", "parallel must be of type int", 1),
        ("modules: 3", "str or list", 1),
        ("target: azure", "target must be local or aws", 1),
        ("engine: celery", "engine must be embedded or dbos", 1),
        ("- a list", "must be a mapping", 1),
        ("a: [", "YAML", 1),
    ],
)
def test_mistakes_have_a_place(tmp_path: Path, text: str, message: str, line: int) -> None:
    with pytest.raises(MflowError, match=message) as raised:
        find_project(write(tmp_path, text))
    assert raised.value.where is not None
    assert raised.value.where.line >= line


def test_a_file_that_is_no_text_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "mflow.yaml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(MflowError, match="cannot read"):
        find_project(tmp_path)


def test_diagrams_are_found_by_name_and_stay_in_their_folder(tmp_path: Path) -> None:
    write(tmp_path, "")
    (tmp_path / "diagrams").mkdir()
    (tmp_path / "diagrams" / "vpc.mmd").write_text("graph TD\n")
    (tmp_path / "outside.mmd").write_text("graph TD\n")
    project = find_project(tmp_path)
    assert project.diagram_file("vpc") == tmp_path / "diagrams" / "vpc.mmd"
    assert project.diagram_file("vpc.mmd") == tmp_path / "diagrams" / "vpc.mmd"
    assert project.diagram_files() == [tmp_path / "diagrams" / "vpc.mmd"]
    with pytest.raises(MflowError, match="no diagram") as raised:
        project.diagram_file("../outside")
    assert "vpc" in raised.value.hint
    with pytest.raises(MflowError) as raised:
        project.diagram_file("vcp")
    assert raised.value.hint == "did you mean 'vpc'?"


def test_a_project_without_diagrams_has_none(tmp_path: Path) -> None:
    project = find_project(tmp_path)
    assert project.diagram_files() == []
    with pytest.raises(MflowError):
        project.diagram_file("vpc")
