"""Which parts of a flow run only because something failed: what catch edges alone lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mermaid_flow.graph.model import Edge, EdgeKind, FlowGraph


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
    return _only_through(graph, lambda edge: edge.catch == "rollback")


def failure_zone(graph: FlowGraph) -> frozenset[str]:
    """The nodes that only catch edges of any kind lead to. A run that fails fast still runs these."""
    return _only_through(graph, lambda edge: edge.kind is EdgeKind.CATCH)


def _only_through(graph: FlowGraph, special: Callable[[Edge], bool]) -> frozenset[str]:
    targets = {edge.target for edge in graph.edges if edge.kind is not EdgeKind.NONE and special(edge)}
    if not targets:
        return frozenset()
    inside = reachable(graph, targets)
    # What something outside leads to by an ordinary edge belongs to the flow, and so does all that comes after it.
    incoming = graph.incoming
    roots = [node for node in inside if any(edge.source not in inside and not special(edge) for edge in incoming[node])]
    return frozenset(inside - reachable(graph, roots, lambda edge: not special(edge)))
