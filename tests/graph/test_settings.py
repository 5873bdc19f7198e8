"""Settings in the front matter."""

from __future__ import annotations

import pytest

from mermaid_flow.errors import Problems
from mermaid_flow.graph import GraphSettings
from mermaid_flow.graph.settings import settings_of
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart


def settings(mflow: str) -> GraphSettings:
    diagram = parse(f"---\nmflow: {mflow}\n---\nflowchart TD\nCheck --> B")
    assert isinstance(diagram, Flowchart)
    return settings_of(diagram)


def test_without_front_matter_subgraphs_group_and_loops_have_ten_laps() -> None:
    diagram = parse("flowchart TD\nA")
    assert isinstance(diagram, Flowchart)
    assert settings_of(diagram) == GraphSettings(stages=False, max_laps=10, laps={})


@pytest.mark.parametrize(
    ("mflow", "expected"),
    [
        ("{}", GraphSettings()),
        ("{subgraphs: groups}", GraphSettings()),
        ("{subgraphs: stages, max_laps: 3}", GraphSettings(stages=True, max_laps=3)),
        ("{max_laps: {Check: 20}}", GraphSettings(laps={"Check": 20})),
        ("{retry: {attempts: 3}}", GraphSettings()),
    ],
)
def test_settings_are_read(mflow: str, expected: GraphSettings) -> None:
    assert settings(mflow) == expected


@pytest.mark.parametrize(
    ("mflow", "message", "hint"),
    [
        ("stages", "`mflow` in the front matter is not a mapping", "mflow: {subgraphs: stages}"),
        ("{subgraphs: stage}", "`mflow.subgraphs` is 'stage'", "did you mean 'stages'?"),
        ("{subgraphs: 7}", "`mflow.subgraphs` is 7", "it is `groups` or `stages`"),
        ("{max_laps: 0}", "`mflow.max_laps` is 0", "whole number from 1"),
        ("{max_laps: true}", "`mflow.max_laps` is True", "whole number from 1"),
        ("{max_laps: many}", "`mflow.max_laps` is 'many'", "whole number from 1"),
        ("{max_laps: {Check: 0}}", "`mflow.max_laps.Check` is 0", "whole number from 1"),
        ("{max_laps: {Chekc: 2}}", "`mflow.max_laps` names 'Chekc', which is no node", "did you mean 'Check'?"),
        ("{max_laps: {zzz: 2}}", "`mflow.max_laps` names 'zzz', which is no node", "name a node of the loop"),
    ],
)
def test_settings_without_sense_are_refused_with_a_hint(mflow: str, message: str, hint: str) -> None:
    with pytest.raises(Problems) as caught:
        settings(mflow)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert hint in problem.hint
    assert problem.code == "graph.settings"


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(Problems) as caught:
        settings("{subgraphs: stage, max_laps: {Chekc: 1, Check: no}}")
    assert len(caught.value.problems) == 3
