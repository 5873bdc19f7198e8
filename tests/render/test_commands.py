"""`mflow render`, as typed."""

import json

import pytest
from click.testing import CliRunner

from mermaid_flow.cli.main import mflow
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.errors import MflowError
from tests.render.recorded import Script, graph_of

TEXT = "A{Ok?} -->|yes| B[Do it]\nA -->|no| C"


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "mflow.yaml").write_text("name: test\n")
    (tmp_path / "diagrams").mkdir()
    (tmp_path / "diagrams" / "one.mmd").write_text("flowchart TD\nA --> B\n")
    (tmp_path / "diagrams" / "two.mmd").write_text("flowchart TD\nA --> C\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_of(project, text=TEXT, fates=None, *, created=1.0, inputs=None):
    graph = graph_of(text)
    folder = RunFolder.create(
        project / ".mflow" / "runs",
        graph.diagram.source,
        diagram="picture",
        graph=graph,
        inputs=inputs or {},
        clock=lambda: created,
    )
    with folder.journal() as journal:
        journal.append(Script(graph, fates or {}).play())
    return folder


def mflow_says(*arguments):
    return CliRunner().invoke(mflow, arguments, catch_exceptions=False)


def test_without_options_the_latest_run_is_mermaid_on_standard_output(project):
    run_of(project, "X --> Y")
    run_of(project, created=2.0)
    result = mflow_says("render")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"flowchart TD\n{TEXT}\nclassDef mflow_succeeded")


def test_a_run_is_found_by_the_beginning_of_its_id(project):
    first = run_of(project, "X --> Y")
    run_of(project, created=2.0)
    assert mflow_says("render", first.id[:15]).stdout.startswith("flowchart TD\nX --> Y\n")


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("run.svg", b"<svg "),
        ("run.png", b"\x89PNG"),
        ("run.html", b"<!doctype html>"),
        ("run.json", b"{"),
        ("run.md", b"## `picture`"),
        ("run.mmd", b"flowchart TD"),
        ("run.txt", b"flowchart TD"),
    ],
)
def test_the_name_of_the_file_says_what_to_make(project, name, begins):
    run_of(project)
    result = mflow_says("render", "-o", name)
    assert result.exit_code == 0
    assert (project / name).read_bytes().startswith(begins)
    assert name in result.stderr
    assert result.stdout == ""


def test_the_format_beats_the_name(project):
    run_of(project)
    assert mflow_says("render", "--format", "md", "-o", "summary.txt").exit_code == 0
    assert (project / "summary.txt").read_text().startswith("## `picture`")


def test_json_is_the_record(project):
    folder = run_of(project)
    assert json.loads(mflow_says("render", "--format", "json").stdout)["id"] == folder.id


def test_the_report_holds_the_inputs(project):
    run_of(project, inputs={"region": "eu-west-1"})
    assert "eu-west-1" in mflow_says("render", "--format", "html").stdout


def test_a_png_is_not_written_to_standard_output_unless_asked(project):
    run_of(project)
    refused = mflow_says("render", "--format", "png")
    assert refused.exit_code == 2
    assert "-o" in refused.stderr
    assert mflow_says("render", "--format", "png", "-o", "-", "--scale", "0.5").stdout_bytes.startswith(b"\x89PNG")


def test_a_file_that_cannot_be_written_is_said_to_be(project):
    run_of(project)
    with pytest.raises(MflowError, match="cannot write"):
        mflow_says("render", "-o", "nowhere/run.svg")


def test_too_large_a_diagram_is_drawn_as_an_overview_that_says_so(project):
    nodes = "\n".join(f"N{i}[A node with a rather long name, number {i}] --> N{i + 1}" for i in range(900))
    run_of(project, f"subgraph All\n{nodes}\nend")
    result = mflow_says("render", "-o", "run.svg")
    assert result.exit_code == 0
    assert "each subgraph is drawn as one box" in result.stderr
    assert "All (901 nodes)" in (project / "run.svg").read_text()
