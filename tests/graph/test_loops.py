"""Loops, and cycles that cannot be executed."""

from __future__ import annotations

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.errors import Problems
from mermaid_flow.graph import GraphSettings
from mermaid_flow.graph.model import EdgeKind, FlowGraph
from tests.engine.playing import flow
from tests.engine.random_graphs import random_graph


def refusal(text: str, settings: GraphSettings | None = None) -> Problems:
    with pytest.raises(Problems) as caught:
        flow(text, settings)
    return caught.value


def test_a_loop_has_a_header_a_body_back_edges_and_exits() -> None:
    graph = flow("Start --> Work --> Done{?} -->|No| Work\nDone -->|Yes| End\nWork --> Report")
    (loop,) = graph.loops
    assert loop.header == "Work"
    assert loop.body == {"Work", "Done"}
    assert [graph.edges[index].back for index in loop.back_edges] == [True]
    assert {graph.edges[index].target for index in loop.exits} == {"End", "Report"}
    assert loop.max_laps == 10
    assert sum(edge.back for edge in graph.edges) == 1


def test_back_edges_to_the_same_header_make_one_loop() -> None:
    (loop,) = flow("A --> B{?} -->|1| A\nB -->|2| C{?} -->|3| A\nC -->|4| E").loops
    assert loop.body == {"A", "B", "C"}
    assert len(loop.back_edges) == 2


def test_loops_in_loops_come_outer_before_inner() -> None:
    outer, inner = flow("A --> B --> C{?} -->|i| B\nC -->|o| D{?} -->|o| A\nD -->|x| E").loops
    assert (outer.header, outer.body) == ("A", frozenset("ABCD"))
    assert (inner.header, inner.body) == ("B", frozenset("BC"))


def test_a_node_can_be_a_loop_by_itself() -> None:
    (loop,) = flow("A -->|on error| A\nA --> B").loops
    assert (loop.header, loop.body) == ("A", frozenset("A"))


def test_a_loop_that_nothing_leads_into_begins_with_its_first_node() -> None:
    (loop,) = flow("B{?} -->|No| A --> B\nB -->|Yes| C").loops
    assert loop.header == "B"


def test_each_loop_can_have_a_bound_of_its_own() -> None:
    text = "A --> B --> C{?} -->|i| B\nC -->|o| D{?} -->|o| A\nD -->|x| E"
    outer, inner = flow(text, GraphSettings(max_laps=4, laps={"C": 7})).loops
    assert (outer.max_laps, inner.max_laps) == (4, 7)
    outer, inner = flow(text, GraphSettings(laps={"D": 3})).loops
    assert (outer.max_laps, inner.max_laps) == (3, 10)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Chekc", "did you mean 'Check'?"), ("Start", "loops begin at 'Wait'")],
)
def test_a_bound_for_a_node_in_no_loop_is_refused(name: str, hint: str) -> None:
    text = "Start --> Wait --> Check{?} -->|again| Wait\nCheck -->|done| Chekc"
    (problem,) = refusal(text, GraphSettings(laps={name: 3})).problems
    assert problem.code == "graph.settings"
    assert problem.message == f"`mflow.max_laps` names {name!r}, which is in no loop"
    assert problem.hint == hint


def test_a_bound_in_a_diagram_without_loops_is_refused() -> None:
    (problem,) = refusal("---\nmflow: {max_laps: {A: 3}}\n---\nflowchart TD\nA --> B").problems
    assert problem.hint == "the diagram has no loop"


def test_a_bound_is_not_spoken_of_where_a_cycle_cannot_be_executed() -> None:
    problems = refusal("A --> B --> C{?} -->|again| A\nC --> D --> D", GraphSettings(laps={"D": 3})).problems
    assert [problem.code for problem in problems] == ["graph.endless"]


def test_a_cycle_with_two_ways_in_is_refused_with_its_nodes() -> None:
    (problem,) = refusal("S{?} -->|a| A\nS -->|b| B\nA --> B{?} -->|again| A\nB -->|on| C").problems
    assert problem.code == "graph.irreducible"
    assert problem.message == "the cycle of 'A' and 'B' has more than one way in: 'A' and 'B'"
    assert problem.where is not None
    assert problem.where.line == 3
    assert problem.where.excerpt == "S -->|b| B"


def test_a_cycle_inside_a_loop_with_two_ways_in_is_refused_too() -> None:
    text = "H --> A{?} -->|1| B\nA -->|2| C\nB --> C{?} -->|3| B\nC -->|4| D{?} -->|5| H\nD -->|6| E"
    (problem,) = refusal(text).problems
    assert problem.message == "the cycle of 'B' and 'C' has more than one way in: 'B' and 'C'"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A --> B --> C --> A", "'A', 'B' and 'C'"),
        ("A --> A", "'A'"),
        ("A --> B -.-> A", "'A' and 'B'"),
        ("A -->|on error| X\nA --> B --> A", "'A' and 'B'"),
    ],
)
def test_a_cycle_without_a_choice_is_refused(text: str, names: str) -> None:
    (problem,) = refusal(text).problems
    assert problem.code == "graph.endless"
    assert problem.message == f"the loop of {names} is never left"
    assert problem.where is not None


@pytest.mark.parametrize(
    "text",
    [
        "A --> D{?} -->|No| A\nD -->|Yes| B",
        "D{?} -->|No| Fix --> D\nD -->|Yes| B",
        "A -->|on error| Fix --> A\nA --> B",
        "A --> M{{Sure?}} -->|Change| A\nM -->|Fine| B",
    ],
)
def test_a_decision_a_choice_or_a_catch_edge_anywhere_in_the_cycle_is_enough(text: str) -> None:
    assert len(flow(text).loops) == 1


def test_a_rollback_that_leads_back_into_the_flow_makes_no_loop() -> None:
    assert flow("A --> B\nB -->|rollback| U --> A").loops == ()


def test_all_problems_are_told_at_once() -> None:
    text = "A --> B --> A\nC --> C\nD{?} --> E\nD --> F"
    assert [problem.code for problem in refusal(text).problems] == ["graph.defaults", "graph.endless", "graph.endless"]


@given(st.randoms(use_true_random=False))
def test_loops_are_the_natural_loops_of_the_dominators(random: object) -> None:
    _, graph = random_graph(random, ["loops", "catch", "weak"])  # type: ignore[arg-type]  # hypothesis's Random
    found = {loop.header: (loop.body, frozenset(loop.back_edges)) for loop in graph.loops}
    assert found == _natural_loops(graph)


def _natural_loops(graph: FlowGraph) -> dict[str, tuple[frozenset[str], frozenset[int]]]:
    """The textbook's loops: a back-edge leads to a dominator, the body is what reaches it around the header."""
    edges = [edge for edge in graph.edges if edge.kind is not EdgeKind.NONE]
    flow = networkx.MultiDiGraph()
    flow.add_nodes_from(graph.nodes)
    flow.add_edges_from((edge.source, edge.target) for edge in edges)
    roots = []
    for group in networkx.strongly_connected_components(flow):
        if not any(before not in group for node in group for before in flow.predecessors(node)):
            roots.append(min(group, key=lambda node: graph.nodes[node].order))
    rooted = networkx.DiGraph(flow)
    rooted.add_edges_from(("", root) for root in roots)
    immediate = networkx.immediate_dominators(rooted, "")

    def dominators(node: str | None) -> set[str]:
        found = set()
        while node:
            found.add(node)
            node = immediate[node]
        return found

    loops: dict[str, tuple[frozenset[str], frozenset[int]]] = {}
    for edge in edges:
        if edge.target not in dominators(edge.source):
            continue
        around = flow.subgraph(set(flow.nodes) - {edge.target})
        body = {edge.target, edge.source}
        if edge.source != edge.target:
            body |= networkx.ancestors(around, edge.source)
        before, indexes = loops.get(edge.target, (frozenset(), frozenset()))
        loops[edge.target] = (before | body, indexes | {edge.index})
    return loops
