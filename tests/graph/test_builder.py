"""The model as a whole: source order, places, refusals."""

from __future__ import annotations

import pytest

from mermaid_flow.errors import Problems
from tests.engine.playing import flow


def test_nodes_come_in_source_order_with_label_classes_and_place() -> None:
    graph = flow("B[Second] --> A[First]:::warm")
    assert [(node.id, node.label, node.order, node.classes) for node in graph.nodes.values()] == [
        ("B", "Second", 0, ()),
        ("A", "First", 1, ("warm",)),
    ]
    location = graph.diagram.source.location(graph.nodes["A"].span)
    assert (location.line, location.column) == (2, 15)
    assert graph.name == "test"


def test_looks_never_change_the_execution() -> None:
    plain = flow("A --> B\nsubgraph S\nC\nend")
    dressed = flow(
        "A --> B\nsubgraph S\ndirection LR\nC\nend\nclassDef hot fill:#f00\nclass A hot\nstyle B stroke:#000\n"
        'linkStyle 0 stroke:#000\nclick A "https://example.org"\naccTitle: title'
    )
    assert [(n.id, n.role, n.stages) for n in plain.nodes.values()] == [
        (n.id, n.role, n.stages) for n in dressed.nodes.values()
    ]
    assert [(e.source, e.target, e.kind) for e in plain.edges] == [(e.source, e.target, e.kind) for e in dressed.edges]


def problem(text: str) -> tuple[str, str, int]:
    with pytest.raises(Problems) as caught:
        flow(text)
    (found,) = caught.value.problems
    assert found.where is not None
    return found.code, found.message, found.where.line


def test_two_default_edges_are_refused() -> None:
    assert problem("D{Which one?} --> A\nD -->|else| B") == (
        "graph.defaults",
        "the decision 'Which one?' has 2 default edges",
        3,
    )


def test_one_default_edge_to_a_subgraph_with_two_entries_is_one() -> None:
    graph = flow("D{?} --> S\nD -->|Yes| X\nsubgraph S\nA\nB\nend")
    assert [(edge.target, edge.default) for edge in graph.outgoing["D"]] == [("A", True), ("B", True), ("X", False)]


def test_a_rollback_to_a_step_of_the_flow_is_refused() -> None:
    code, message, line = problem("A --> B\nA -->|rollback| B")
    assert (code, line) == ("graph.rollback", 3)
    assert message == "the rollback from 'A' to 'B' cannot be told from the flow: 'B' is also a step of the flow"


def test_a_rollback_of_a_rollback_is_refused() -> None:
    assert "'U' is itself part of a rollback" in problem("A -->|rollback| U -->|rollback| V")[1]


def test_subgraphs_inside_one_another_are_refused() -> None:
    code, message, line = problem("A\nsubgraph S\nT\nend\nsubgraph T\nS\nend")
    assert (code, line) == ("graph.subgraph", 3)
    assert message == "the subgraphs 'S' and 'T' are inside one another"


@pytest.mark.parametrize("edge", ["S --> A", "A --> S", "S --> T", "T --> S"])
def test_an_edge_between_a_subgraph_and_its_inside_is_refused(edge: str) -> None:
    code, _, line = problem(f"subgraph S\nA\nsubgraph T\nB\nend\nend\n{edge}")
    assert (code, line) == ("graph.subgraph", 8)
