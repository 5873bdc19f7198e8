"""Kinds of edges, and edges to and from subgraphs."""

from __future__ import annotations

import pytest

from mermaid_flow.graph.model import CatchKind, EdgeKind
from tests.engine.playing import flow


def pairs(text: str) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in flow(text).edges if edge.kind is not EdgeKind.NONE]


@pytest.mark.parametrize(
    ("drawn", "kind"),
    [
        ("A --> B", EdgeKind.CONTROL),
        ("A ==> B", EdgeKind.CONTROL),
        ("A --o B", EdgeKind.CONTROL),
        ("A -->|any text| B", EdgeKind.CONTROL),
        ("A -.-> B", EdgeKind.WEAK),
        ("A -.->|then| B", EdgeKind.WEAK),
        ("A{x} -.-> B", EdgeKind.WEAK),
        ("A{x} -.->|No| B", EdgeKind.CONTROL),
        ("A --- B", EdgeKind.NONE),
        ("A -.- B", EdgeKind.NONE),
        ("A <--> B", EdgeKind.NONE),
        ("A --x B", EdgeKind.NONE),
        ("A ~~~ B", EdgeKind.NONE),
        ("A --> B@{shape: comment}", EdgeKind.NONE),
        ("A@{shape: comment} --> B", EdgeKind.NONE),
    ],
)
def test_the_arrow_gives_the_kind(drawn: str, kind: EdgeKind) -> None:
    (edge,) = flow(drawn).edges
    assert edge.kind is kind


@pytest.mark.parametrize(
    ("drawn", "catch"),
    [
        ("A -->|on error| B", "error"),
        ("A -->|On Failure| B", "error"),
        ("A -->|on  timeout| B", "timeout"),
        ("A -->|rollback| B", "rollback"),
        ("A -->|always| B", "always"),
        ("A -.->|on error| B", "error"),
        ("A[(x)] -->|on error| B", "error"),
        ("A[[x]] ==>|always| B", "always"),
        ("A{{x}} -->|on timeout| B", "timeout"),
        ("A{{x}} -->|rollback| B", None),
        ("A{x} -->|rollback| B", None),
        ("A([x]) -->|always| B", None),
        ("A@{shape: fork} -->|on error| B", None),
        ("A ---|on error| B", None),
    ],
)
def test_labels_that_catch_do_so_out_of_nodes_that_act(drawn: str, catch: CatchKind | None) -> None:
    (edge,) = flow(drawn).edges
    assert edge.catch == catch
    assert (edge.kind is EdgeKind.CATCH) == (catch is not None)


@pytest.mark.parametrize(
    ("label", "default"), [("", True), ("|else|", True), ("|Default|", True), ("|otherwise|", True), ("|Yes|", False)]
)
def test_a_decision_knows_its_default(label: str, default: bool) -> None:
    (edge,) = flow(f"D{{x}} -->{label} A").edges
    assert edge.default is default


def test_only_decisions_have_defaults() -> None:
    assert not any(edge.default for edge in flow("A --> B\nC{x} -.-> B").edges)


def test_an_ampersand_is_the_product_of_both_sides() -> None:
    assert pairs("A & B --> C & D") == [("A", "C"), ("A", "D"), ("B", "C"), ("B", "D")]


def test_the_same_dependency_drawn_twice_is_one_edge_that_knows_both_arrows() -> None:
    graph = flow("A --> B\nA --> C\nA --> B\nA -.-> B")
    assert [(edge.index, edge.target, edge.kind, edge.drawn) for edge in graph.edges] == [
        (0, "B", EdgeKind.CONTROL, (0, 2)),
        (1, "C", EdgeKind.CONTROL, (1,)),
        (2, "B", EdgeKind.WEAK, (3,)),
    ]


def test_an_edge_to_a_subgraph_is_one_to_each_of_its_entries() -> None:
    graph = flow("X --> S\nsubgraph S\nA --> B\nC\nend")
    assert [(edge.source, edge.target, edge.drawn) for edge in graph.edges[:2]] == [("X", "A", (0,)), ("X", "C", (0,))]
    assert "S" not in graph.nodes


def test_an_edge_from_a_subgraph_is_one_from_each_of_its_exits() -> None:
    assert pairs("S --> X\nsubgraph S\nA --> B & C\nend")[:2] == [("B", "X"), ("C", "X")]


def test_subgraphs_inside_subgraphs_count_by_their_own_entries_and_exits() -> None:
    text = "X --> Outer --> Y\nsubgraph Outer\nA --> Inner --> Z\nsubgraph Inner\nB --> C\nend\nend"
    assert pairs(text) == [("X", "A"), ("Z", "Y"), ("A", "B"), ("C", "Z"), ("B", "C")]


def test_subgraphs_can_be_joined_to_one_another() -> None:
    assert pairs("S --> T\nsubgraph S\nA\nB\nend\nsubgraph T\nC\nD\nend") == [
        ("A", "C"),
        ("A", "D"),
        ("B", "C"),
        ("B", "D"),
    ]


def test_a_subgraph_that_begins_and_ends_with_a_loop_is_entered_at_its_first_node_and_left_from_its_decisions() -> None:
    assert pairs("X --> S --> Y\nsubgraph S\nA --> D{ok?} -->|No| B --> A\nend")[:2] == [("X", "A"), ("D", "Y")]


def test_a_loop_without_decision_at_the_end_of_a_subgraph_is_left_from_its_last_node() -> None:
    assert pairs("S --> Y\nsubgraph S\nA --> B -->|on error| A\nend")[:1] == [("B", "Y")]


def test_a_catch_edge_from_a_subgraph_comes_from_every_node_in_it_that_can_fail() -> None:
    text = "S -->|on error| X\nsubgraph S\nA --> D{ok?} -->|Yes| B\nsubgraph T\nC\nend\nend"
    assert pairs(text)[:3] == [("A", "X"), ("B", "X"), ("C", "X")]


def test_an_empty_subgraph_is_a_junction() -> None:
    assert pairs("A --> S --> B\nsubgraph S\nend") == [("A", "S"), ("S", "B")]
    assert flow("A --> S --> B\nsubgraph S\nend").nodes["S"].role == "junction"


def test_a_subgraph_of_notes_leads_nowhere() -> None:
    assert pairs("A --> S --> B\nsubgraph S\nN@{shape: comment}\nend") == []


def test_notes_are_no_entries() -> None:
    assert pairs("A --> S\nsubgraph S\nN@{shape: comment} --- B\nend") == [("A", "B")]
