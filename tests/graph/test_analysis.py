"""What can be said of a graph before it runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.graph.analysis import (
    ancestors,
    dominators,
    edges_back_into_flow,
    endless_loops,
    entries,
    exits,
    never_runs,
    stage_traps,
    unreachable,
)
from mermaid_flow.graph.model import EdgeKind
from tests.engine.playing import flow
from tests.engine.random_graphs import random_graph
from tests.graph.seeds import seed


def test_entries_and_exits() -> None:
    graph = flow("A --> B{?} -->|again| B\nB -->|on| C\nN@{shape: comment} --> C\nD")
    assert entries(graph) == ("A", "D")
    assert exits(graph) == ("C", "D")


def test_a_loop_that_nothing_leads_into_is_unreachable() -> None:
    assert unreachable(flow("A --> B\nC{?} -->|again| C\nC -->|on| D --> B")) == ("C", "D")
    assert unreachable(flow("C{?} -->|again| C\nC -->|on| D")) == ()
    assert unreachable(flow("A --> B")) == ()


def test_ancestors_are_all_nodes_before_one() -> None:
    graph = flow("A --> B --> C{?} -->|again| B\nC -->|on| D\nX -.-> D")
    assert ancestors(graph, "A") == frozenset()
    assert ancestors(graph, "B") == {"A", "B", "C"}
    assert ancestors(graph, "D") == {"A", "B", "C", "X"}


def test_dominators_are_what_every_way_passes() -> None:
    graph = flow("A --> D{?} -->|a| B --> E\nD -->|b| C --> E\nN@{shape: comment}")
    assert dominators(graph) == {"A": None, "D": "A", "B": "D", "C": "D", "E": "D"}


@pytest.mark.parametrize(
    ("text", "endless"),
    [
        ("A --> B{?} -->|x| A\nB -->|y| C --> A", True),
        ("A --> B{?} -->|x| A\nB -->|y| C", False),
        ("A -->|on error| A", False),
        ("A -->|on error| B --> A\nA --> C", False),
        ("H{?} -->|x| A --> H\nH -->|y| B{?} -->|z| H\nB -->|w| C", False),
        ("H{?} -->|x| A --> H\nH -->|y| B --> H\nA --> Out", True),
        ("A --> B{?} -->|in| C{?} -->|in| B\nC -->|out| A", True),
        ("A --> D{?} -->|x| A\nA --> E{?} -->|y| A\nE -->|z| F\nD --> G", False),
    ],
)
def test_a_loop_is_endless_when_every_choice_leads_to_another_lap(text: str, endless: bool) -> None:
    graph = flow(text)
    assert (graph.loops[0] in endless_loops(graph)) is endless


def test_what_is_behind_an_endless_loop_never_runs() -> None:
    graph = flow("H{?} -->|x| A --> H\nH -->|y| B --> H\nA --> Out --> End\nB -->|on error| Fix\nS --> T --> H")
    assert never_runs(graph) == ("Out", "End")
    assert never_runs(flow("A --> B")) == ()


def test_the_onboarding_diagram_has_a_trap_in_each_layer() -> None:
    traps = stage_traps(seed("01-environment-onboarding-workflow"))
    assert [(trap.stage.title, trap.edge.source, trap.edge.target) for trap in traps] == [
        ("Network Layer", "CreateNetworkStack", "CreateIAMStack"),
        ("IAM Layer", "CreateIAMStack", "CreateSecurityStack"),
        ("Security Layer", "CreateSecurityStack", "CreateDatabaseStack"),
    ]
    assert [node.id for node in traps[1].left_behind] == ["DeployRoles", "DeployPolicies", "IAMComplete"]


def test_there_is_no_trap_with_barriers_or_when_all_of_the_subgraph_comes_first() -> None:
    text = "subgraph S\nA --> B\nend\nA --> X"
    assert len(stage_traps(flow(text))) == 1
    assert stage_traps(flow("---\nmflow: {subgraphs: stages}\n---\nflowchart TD\n" + text)) == ()
    assert stage_traps(flow(text + "\nB --> X")) == ()
    assert stage_traps(flow(text.replace("A --> X", "A -->|on error| X"))) == ()


def test_edges_from_a_rollback_into_the_flow_are_named() -> None:
    graph = flow("A --> End\nA -->|rollback| U --> V --> End")
    assert [(edge.source, edge.target) for edge in edges_back_into_flow(graph)] == [("V", "End")]


@given(st.randoms(use_true_random=False))
def test_every_analysis_answers_for_any_graph(random: object) -> None:
    _, graph = random_graph(random)  # type: ignore[arg-type]  # hypothesis's Random
    assert set(entries(graph)) <= set(graph.nodes)
    assert set(never_runs(graph)) <= set(graph.nodes) - set(entries(graph))
    assert all(graph.edges[trap.edge.index].kind is not EdgeKind.NONE for trap in stage_traps(graph))
    assert set(dominators(graph)) == set(graph.nodes)
    assert not set(unreachable(graph)) & {node for node in entries(graph) if not graph.incoming[node]}
