"""Bounds of loops that vars files give."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.errors import Problems
from mermaid_flow.graph.settings import GraphSettings
from mermaid_flow.inputs.layers import load_inputs
from mermaid_flow.session.lap_bounds import with_lap_bounds
from mermaid_flow.session.prepare import Request, prepare
from mermaid_flow.session.project import Project
from mermaid_flow.session.sequence import PreparedSequence, prepare_diagram

FRONT = "---\nmflow:\n  max_laps: {A: 4}\n---\n"
LOOPS = (
    FRONT
    + """flowchart TD
    A[Make Thing] --> B{Good?}
    B -->|no| A
    B -->|yes| C[Make Thing]
    C --> D{Better?}
    D -->|no| C
    D -->|yes| E([End])
"""
)


def laps(project: Project, vars_text: str) -> dict[str, int]:
    (project.diagrams / "loops.mmd").write_text(LOOPS)
    Path("laps.yaml").write_text(vars_text)
    return {loop.header: loop.max_laps for loop in prepare(project, Request("loops", ("laps.yaml",))).graph.loops}


@pytest.mark.parametrize(
    ("vars_text", "bounds"),
    [
        ("size: 1\n", {"A": 4, "C": 10}),
        ("mflow: {max_laps: 3}\n", {"A": 3, "C": 3}),
        ("mflow: {max_laps: {C: 7}}\n", {"A": 4, "C": 7}),
        ("mflow: {max_laps: {D: 7, A: 2}}\n", {"A": 2, "C": 7}),
    ],
)
def test_vars_go_over_the_front_matter(project: Project, vars_text: str, bounds: dict[str, int]) -> None:
    assert laps(project, vars_text) == bounds


def test_a_sequences_loops_are_bounded_by_text_or_id(project: Project) -> None:
    text = "sequenceDiagram\nA->>B: Make\nloop while it lasts\nA->>B: Make\nend\nloop until good\nA->>B: Make\nend\n"
    (project.diagrams / "talk.mmd").write_text(text)
    Path("laps.yaml").write_text("mflow: {max_laps: {while it lasts: 2, loop2: 3}}\n")
    prepared = prepare_diagram(project, Request("talk", ("laps.yaml",)))
    assert isinstance(prepared, PreparedSequence)
    assert [loop.max_laps for loop in prepared.tree.loops().values()] == [2, 3]


def test_what_is_wrong_is_told_all_at_once_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "laps.yaml"
    file.write_text("mflow:\n  max_lap: 3\n  max_laps: {A: 0, Bc: 2, C: many}\n")
    with pytest.raises(Problems) as caught:
        with_lap_bounds(GraphSettings(), load_inputs([file]).options, ["A", "Bcd", "C"])
    found = [(problem.where and problem.where.line, problem.message, problem.hint) for problem in caught.value.problems]
    number = "it is a whole number from 1, or one for each loop"
    assert found == [
        (2, "`mflow` in vars has no setting 'max_lap'", "did you mean 'max_laps'?"),
        (3, "`mflow.max_laps.A` is 0", number),
        (3, "`mflow.max_laps` names 'Bc', which is no loop", "did you mean 'Bcd'?"),
        (3, "`mflow.max_laps.C` is 'many'", number),
    ]


def test_a_node_in_no_loop_bounds_nothing(project: Project) -> None:
    with pytest.raises(Problems, match="names 'E', which is in no loop"):
        laps(project, "mflow: {max_laps: {E: 3}}\n")
