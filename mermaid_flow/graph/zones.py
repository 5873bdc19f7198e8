"""Which parts of a flow run only because something failed: what catch edges alone lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mermaid_flow.graph.components import components
from mermaid_flow.graph.model import Edge, EdgeKind, FlowGraph, Role


def reachable(graph: FlowGraph, starts: Iterable[str], follow: Callable[[Edge], bool] = lambda _: True) -> set[str]:
    """The nodes that executable edges for which `follow` holds lead to from `starts`, which are included."""
    outgoing = graph.outgoing
    seen = set(starts)
    stack = list(seen)
    while stack:
        for edge in outgoing[stack.pop()]:
            if edge.target not in seen and follow(edge):
                seen.add(edge.target)
                stack.append(edge.target)
    return seen


def leading_to(graph: FlowGraph, node: str, follow: Callable[[Edge], bool] = lambda _: True) -> set[str]:
    """The nodes that lead to `node` by executable edges for which `follow` holds; itself only when on a cycle."""
    incoming = graph.incoming
    seen: set[str] = set()
    stack = [node]
    while stack:
        for edge in incoming[stack.pop()]:
            if edge.source not in seen and follow(edge):
                seen.add(edge.source)
                stack.append(edge.source)
    return seen


def rollback_zone(graph: FlowGraph) -> frozenset[str]:
    """The nodes that only a rollback leads to. They take no part in the flow proper, which never waits for them."""
    if not any(edge.catch == "rollback" for edge in graph.catches):
        return frozenset()
    return _only_through(graph, lambda edge: edge.catch == "rollback")


def failure_zone(graph: FlowGraph) -> frozenset[str]:
    """The nodes that only catch edges of any kind lead to. A run that fails fast still runs these."""
    if not graph.catches:
        return frozenset()
    return _only_through(graph, lambda edge: edge.kind is EdgeKind.CATCH)


def _only_through(graph: FlowGraph, special: Callable[[Edge], bool]) -> frozenset[str]:
    flow = reachable(graph, _beginnings(graph), lambda edge: not special(edge))
    return frozenset(node.id for node in graph.nodes.values() if node.role is not Role.NOTE and node.id not in flow)


def _beginnings(graph: FlowGraph) -> list[str]:
    """Where the flow begins: nodes that nothing leads to, and the first node of each cycle that nothing leads into."""
    following = {node: [edge.target for edge in edges] for node, edges in graph.outgoing.items()}
    groups = components(following, following)
    group_of = {node: number for number, group in enumerate(groups) for node in group}
    entered = {group_of[b] for a, ends in following.items() for b in ends if group_of[a] != group_of[b]}
    return [
        min(group, key=lambda node: graph.nodes[node].order)
        for number, group in enumerate(groups)
        if number not in entered
    ]
