"""Components agree with networkx on any graph."""

from __future__ import annotations

import networkx
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.graph.components import components, cyclic

GRAPHS = st.dictionaries(st.integers(0, 7), st.lists(st.integers(0, 9), max_size=4), min_size=0, max_size=8)


@given(GRAPHS)
def test_components_are_those_of_networkx_with_what_they_lead_to_first(successors: dict[int, list[int]]) -> None:
    graph = networkx.DiGraph()
    graph.add_nodes_from(successors)
    graph.add_edges_from((a, b) for a, ends in successors.items() for b in ends if b in successors)
    found = components(successors, successors)
    assert {frozenset(group) for group in found} == {
        frozenset(group) for group in networkx.strongly_connected_components(graph)
    }
    position = {node: number for number, group in enumerate(found) for node in group}
    assert all(position[b] <= position[a] for a, b in graph.edges)


def test_a_component_is_cyclic_when_it_leads_back_to_itself() -> None:
    successors = {1: [2], 2: [1], 3: [3], 4: [1]}
    assert [cyclic(group, successors) for group in ([1, 2], [3], [4])] == [True, True, False]


def test_a_path_longer_than_pythons_stack_is_no_trouble() -> None:
    assert len(components(range(100_000), {node: [node + 1] for node in range(99_999)})) == 100_000
