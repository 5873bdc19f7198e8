"""`mflow diff`, as typed."""

import json

import pytest
from click.testing import CliRunner

from mermaid_flow.cli.main import mflow
from mermaid_flow.errors import MflowError
from tests.render.recorded_sequence import recorded_sequence
from tests.render.test_commands import run_of
from tests.web.kept import keep

TALK = "sequenceDiagram\nA->>B: Ask\nloop for each x\nA->>B: Look\nend\n"
DIAGRAMS = {
    "one": "flowchart TD\nA --> B\n",
    "two": "flowchart TD\nA --> C\n",
    "talk": TALK,
    "more": TALK + "B->>A: Tell\n",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "mflow.yaml").write_text("name: test\n")
    (tmp_path / "diagrams").mkdir()
    for name, text in DIAGRAMS.items():
        (tmp_path / "diagrams" / f"{name}.mmd").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def diff(*arguments):
    return CliRunner().invoke(mflow, ["diff", *arguments], catch_exceptions=False)


def test_two_runs_are_compared(project):
    first = run_of(project, inputs={"zones": 2})
    second = run_of(project, fates={"A": {"labels": ["no"]}}, created=2.0, inputs={"zones": 3})
    lines = diff(first.id, "latest").stdout.splitlines()
    assert lines[0] == f"{first.id} -> {second.id}"
    assert "  Ok?: yes -> no" in lines
    assert "  zones: 2 -> 3" in lines
    found = json.loads(diff(first.id, second.id, "--format", "json").stdout)
    assert found["decisions"] == [{"what": "Ok?", "before": "yes", "after": "no"}]
    assert "mflow_changed" in diff(first.id, second.id, "--format", "mermaid").stdout


def test_two_runs_of_a_sequence_are_compared(project):
    runs = project / ".mflow" / "runs"
    first = keep(recorded_sequence(TALK, {"loop1": ["a"]}), runs, inputs={"x": ["a"]})
    second = keep(recorded_sequence(TALK, {"loop1": ["a", "b"]}), runs, inputs={"x": ["a", "b"]})
    assert diff(first.id, second.id).stdout.splitlines()[1:8] == [
        "steps",
        "  ~ loop for each x  (loop1)",
        "      laps: 1 -> 2",
        "decisions",
        "  for each x: a -> a, b",
        "inputs",
        '  x: ["a"] -> ["a", "b"]',
    ]


def test_two_diagrams_are_compared_by_name_or_by_file(project):
    expected = ["nodes", "  + C  (C)", "  - B  (B)", "arrows", "  + A to C", "  - A to B"]
    assert diff("one", "two").stdout.splitlines()[1:] == expected
    assert diff("diagrams/one.mmd", "diagrams/two.mmd").stdout.splitlines()[1:] == expected
    assert diff("talk", "more").stdout == "talk -> more\nsteps\n  + B to A: Tell  (3)\n"


@pytest.mark.parametrize("names", [("one", "two"), ("talk", "more")])
@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("md", "## `"),
        ("svg", "<svg "),
        ("html", "<!doctype html>"),
        ("json", '{\n  "before"'),
        ("mermaid", ("flowchart TD", "sequenceDiagram\n")),
    ],
)
def test_every_form_is_made_of_both_kinds(project, names, form, begins):
    assert diff(*names, "--format", form).stdout.startswith(begins)


def test_a_run_is_not_compared_with_a_diagram(project):
    run_of(project)
    refused = diff("one", "latest")
    assert refused.exit_code == 2
    assert "two runs or two diagrams" in refused.stderr


def test_a_flowchart_is_not_compared_with_a_sequence(project):
    with pytest.raises(MflowError, match="one is a flowchart and talk is a sequence diagram"):
        diff("one", "talk")


def test_a_file_that_does_not_exist_is_taken_for_a_diagram(project):
    with pytest.raises(MflowError, match="no diagram"):
        diff("three.mmd", "four.mmd")
