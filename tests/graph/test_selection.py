"""Which nodes a selection leaves out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.errors import MflowError
from mermaid_flow.graph.selection import Selection, left_out, selected
from tests.engine.playing import flow
from tests.engine.random_graphs import random_graph
from tests.graph.seeds import seed

GRAPH = flow(
    """
    Start([Start]) --> A[Make Thing] --> D{Which?}
    D -->|one| B[Make Thing More]:::layer
    D -->|two| C:::layer
    subgraph late [Later On]
        E --> M{{Go on?}}
    end
    B --> E
    M -->|yes| F
    N@{shape: comment} --> F
    """
)


def test_nothing_is_left_out_without_a_selection() -> None:
    assert left_out(GRAPH, Selection()) == frozenset()
    assert selected(GRAPH, Selection()) == frozenset(GRAPH.nodes)


@pytest.mark.parametrize(
    ("name", "nodes"),
    [
        ("A", {"A"}),
        ("Make Thing More", {"B"}),
        ("layer", {"B", "C"}),
        ("late", {"E", "M"}),
        ("Later On", {"E", "M"}),
        ("D", {"D"}),
    ],
)
def test_a_name_is_a_node_a_label_a_class_or_a_subgraph(name: str, nodes: set[str]) -> None:
    assert selected(GRAPH, Selection((name,))) == nodes


def test_an_id_comes_before_a_class_of_the_same_name() -> None:
    graph = flow("VPC:::other --> B:::VPC")
    assert selected(graph, Selection(("VPC",))) == {"VPC"}


def test_what_says_the_way_is_never_left_out() -> None:
    assert left_out(GRAPH, Selection(("A",))) == {"B", "C", "E", "F"}
    assert left_out(flow("A --> M{{Go on?}} --> B"), Selection(("A",))) == {"M", "B"}


def test_dependencies_and_dependents_come_along_when_asked_for() -> None:
    graph = seed("09-infrastructure-dependency-graph")
    assert selected(graph, Selection(("RDS",), with_dependencies=True)) == {"Backend", "VPC", "SecurityGroups", "RDS"}
    assert selected(graph, Selection(("RDS",), with_dependents=True)) == {"RDS", "Application", "Monitoring"}
    both = Selection(("ACM", "databaseLayer"), with_dependencies=True, with_dependents=True)
    assert selected(graph, both) == {
        *("Backend", "VPC", "SecurityGroups", "RDS", "ElastiCache", "DNS", "ACM"),
        *("APIGateway", "Application", "Monitoring"),
    }


def test_an_unknown_name_is_told_with_what_is_near() -> None:
    with pytest.raises(MflowError) as caught:
        selected(seed("09-infrastructure-dependency-graph"), Selection(("databaseLayr",)))
    assert (caught.value.code, "databaseLayer" in caught.value.hint) == ("selection.unknown", True)


@given(st.randoms(use_true_random=False), st.data())
def test_a_wider_selection_leaves_out_less(random: object, data: st.DataObject) -> None:
    _, graph = random_graph(random)  # type: ignore[arg-type]  # hypothesis draws a random.Random
    name = data.draw(st.sampled_from(sorted(graph.nodes)))
    narrow = left_out(graph, Selection((name,)))
    for wider in (Selection((name,), with_dependencies=True), Selection((name,), with_dependents=True)):
        assert left_out(graph, wider) <= narrow
    assert name not in narrow
