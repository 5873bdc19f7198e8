"""The ideal schedule that `benchmarks/schedule.py` measures runs against."""

from __future__ import annotations

import pytest

from benchmarks.schedule import Command, busy, ideal
from mermaid_flow.graph.builder import build
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.parse import parse

LAYERS = """
graph TD
    A --> B --> C
    subgraph Layer
        A --> X --> Y
    end
"""


def graph(text: str) -> FlowGraph:
    diagram = parse(text)
    assert isinstance(diagram, Flowchart)
    return build(diagram, "flow")


def command(began: float, ended: float) -> Command:
    return Command("A", "vpc", "apply", began, ended)


def test_commands_side_by_side_count_once() -> None:
    assert busy([]) == 0
    assert busy([command(10, 12), command(1, 3), command(2, 5), command(2, 4)]) == 6


@pytest.mark.parametrize(("parallel", "seconds"), [(1, 15), (2, 9), (8, 9)])
def test_a_node_begins_when_those_before_it_are_done_and_there_is_room(parallel: int, seconds: float) -> None:
    took = {"A": 1.0, "B": 2.0, "C": 6.0, "X": 3.0, "Y": 3.0}
    assert ideal(graph(LAYERS), took, parallel) == seconds


def test_with_stages_what_follows_a_layer_waits_for_all_of_it() -> None:
    staged = graph("---\nmflow:\n  subgraphs: stages\n---" + LAYERS)
    assert ideal(staged, {"A": 1.0, "B": 2.0, "X": 3.0, "Y": 3.0}, 8) == 9
