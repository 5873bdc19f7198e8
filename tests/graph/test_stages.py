"""Stages that can be executed as a whole, and ones that cannot."""

from __future__ import annotations

import pytest

from mermaid_flow.errors import Problems
from mermaid_flow.graph import GraphSettings
from mermaid_flow.graph.model import FlowGraph
from tests.engine.playing import flow


def staged(text: str) -> FlowGraph:
    return flow(text, GraphSettings(stages=True))


def refusal(text: str) -> list[str]:
    flow(text)  # without barriers it is fine
    with pytest.raises(Problems) as caught:
        staged(text)
    assert {problem.code for problem in caught.value.problems} == {"graph.stage"}
    assert all(problem.where is not None for problem in caught.value.problems)
    return [problem.message for problem in caught.value.problems]


def test_the_front_matter_asks_for_stages() -> None:
    text = "flowchart TD\nsubgraph S\nA\nend"
    assert not flow(text).barriers
    assert flow("---\nmflow: {subgraphs: stages}\n---\n" + text).barriers


def test_stages_are_listed_in_source_order_with_their_nodes_at_any_depth() -> None:
    graph = flow("subgraph Outer [The outer one]\nA\nsubgraph Inner\nB\nend\nend\nsubgraph Next\nC\nend")
    assert list(graph.stages) == ["Outer", "Inner", "Next"]
    assert graph.stages["Outer"].nodes == {"A", "B"}
    assert graph.stages["Outer"].title == "The outer one"
    assert graph.stages["Inner"].parent == "Outer"
    assert graph.nodes["B"].stages == ("Inner", "Outer")


def test_stages_one_after_the_other_are_fine() -> None:
    staged("subgraph S\nA --> B\nend\nsubgraph T\nC --> D\nend\nA --> C\nS --> T")


def test_a_way_that_leaves_a_stage_and_comes_back_is_refused() -> None:
    assert refusal("subgraph S\nA\nB\nend\nA --> X --> B") == [
        "'S' is left and entered again, and can never be finished before what follows"
    ]


def test_stages_that_wait_for_one_another_are_refused_together() -> None:
    assert refusal("subgraph S\nA --> B\nend\nsubgraph T\nC --> D\nend\nA --> D\nC --> B") == [
        "'S' and 'T' are left and entered again, and can never be finished before what follows"
    ]


def test_a_way_out_of_an_inner_stage_that_stays_in_the_outer_one_is_fine() -> None:
    staged("subgraph S\nsubgraph T\nA\nend\nA --> B\nend\nB --> C")


def test_an_inner_stage_that_is_entered_again_is_refused() -> None:
    assert len(refusal("subgraph S\nsubgraph T\nA\nC\nend\nA --> B --> C\nend")) == 1


def test_a_loop_that_cuts_through_a_stage_is_refused() -> None:
    assert refusal("subgraph S\nA --> B\nend\nB --> C{?} -->|again| B\nC -->|on| D") == [
        "the loop back to 'B' leaves the stage 'S' and enters it again"
    ]


def test_a_loop_around_a_stage_and_a_loop_in_a_stage_are_fine() -> None:
    staged("subgraph S\nA --> B\nend\nB --> C{?} -->|again| A\nC -->|on| D")
    staged("subgraph S\nA --> B{?} -->|again| A\nend\nB -->|on| D")


def test_a_rollback_in_a_stage_is_no_way_out() -> None:
    staged("subgraph S\nA --> B\nB -->|rollback| U\nend\nU --> X\nA --> X")
