"""Questions about a graph that can be answered before it runs: what the rules of `validate` are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mermaid_flow.graph.model import Edge, EdgeKind, FlowGraph, Loop, Node, Role, Stage
from mermaid_flow.graph.zones import leading_to, reachable, rollback_zone


def entries(graph: FlowGraph) -> tuple[str, ...]:
    """The nodes that start by themselves: nothing but back-edges, and what a rollback draws in vain, leads to them."""
    in_vain = {edge.index for edge in edges_back_into_flow(graph)}
    entered = {
        edge.target
        for edge in graph.edges
        if edge.kind is not EdgeKind.NONE and not edge.back and edge.index not in in_vain
    }
    return tuple(node.id for node in graph.nodes.values() if node.id not in entered and node.role is not Role.NOTE)


def exits(graph: FlowGraph) -> tuple[str, ...]:
    """The nodes that nothing comes after, whatever happens."""
    last = [
        node
        for node, edges in graph.outgoing.items()
        if not edges or (edges[0].back and all(edge.back for edge in edges))  # the first edge mostly tells
    ]
    return tuple(node for node in last if graph.nodes[node].role is not Role.NOTE)


def unreachable(graph: FlowGraph) -> tuple[str, ...]:
    """The nodes that only a loop leads to which nothing leads into. Such a loop starts by itself, with its first node.

    Empty when all of the diagram is such loops: then they are how it is meant to begin.
    """
    if not graph.loops and not edges_back_into_flow(graph):
        return ()  # without any cycle, everything comes after a node that nothing leads to
    begins = [node for node in entries(graph) if not graph.incoming[node]]
    if not begins:
        return ()
    reached = reachable(graph, begins)
    return tuple(node.id for node in graph.nodes.values() if node.role is not Role.NOTE and node.id not in reached)


def ancestors(graph: FlowGraph, node: str) -> frozenset[str]:
    """The nodes that `node` comes after: whose values it may use. In a loop that is its whole body (earlier laps)."""
    return frozenset(leading_to(graph, node))


def dominators(graph: FlowGraph) -> Mapping[str, str | None]:
    """The immediate dominator of each node, the last one that every way to it passes. None: there is no such node."""
    import networkx  # noqa: PLC0415 - takes longer to import than most commands take to run

    flow: networkx.DiGraph[str] = networkx.DiGraph()
    flow.add_node("")  # no diagram has a node with the empty id
    flow.add_edges_from(("", node) for node in entries(graph))
    flow.add_edges_from((edge.source, edge.target) for edge in graph.edges if edge.kind is not EdgeKind.NONE)
    found = networkx.immediate_dominators(flow, "")
    return {node: found.get(node) or None for node in graph.nodes if graph.nodes[node].role is not Role.NOTE}


def endless_loops(graph: FlowGraph) -> tuple[Loop, ...]:
    """Loops in which, short of a failure, every lap ends in another one, until the laps are used up."""
    return tuple(loop for loop in graph.loops if _always_laps(graph, loop))


def never_runs(graph: FlowGraph) -> tuple[str, ...]:
    """The nodes that can never run: they are behind a loop that never ends."""
    bodies = [loop.body for loop in endless_loops(graph)]
    if not bodies:
        return ()

    def passable(edge: Edge) -> bool:
        return edge.kind is EdgeKind.CATCH or not any(
            edge.source in body and edge.target not in body for body in bodies
        )

    reached = reachable(graph, entries(graph), passable)
    return tuple(node.id for node in graph.nodes.values() if node.role is not Role.NOTE and node.id not in reached)


@dataclass(frozen=True, slots=True)
class StageTrap:
    """An edge that leaves a subgraph while nodes of it, which come after the edge's source, may still be running."""

    stage: Stage
    edge: Edge
    left_behind: tuple[Node, ...]


def stage_traps(graph: FlowGraph) -> tuple[StageTrap, ...]:
    """Where a subgraph looks like a stage, but what follows does not wait for all of it. Empty when barriers are on."""
    if graph.barriers:
        return ()
    traps = []
    before: dict[str, set[str]] = {}
    for stage in graph.stages.values():
        following = {node: _reached_within(graph, node, stage) for node in stage.nodes if _leaves(graph, node, stage)}
        for node in sorted(following, key=lambda node: graph.nodes[node].order):
            for edge in graph.outgoing[node]:
                if edge.kind is EdgeKind.CATCH or edge.target in stage.nodes:
                    continue
                if edge.target not in before:
                    before[edge.target] = leading_to(graph, edge.target, lambda edge: not edge.back)
                left_behind = following[node] - before[edge.target]
                if left_behind:
                    nodes = sorted((graph.nodes[name] for name in left_behind), key=lambda node: node.order)
                    traps.append(StageTrap(stage, edge, tuple(nodes)))
    return tuple(traps)


def edges_back_into_flow(graph: FlowGraph) -> tuple[Edge, ...]:
    """Edges from a rollback to a step of the flow. They are drawn in vain: the flow is over when the rollback runs."""
    zone = rollback_zone(graph)
    if not zone:
        return ()
    return tuple(
        edge
        for edge in graph.edges
        if edge.kind is not EdgeKind.NONE and edge.source in zone and edge.target not in zone
    )


def _leaves(graph: FlowGraph, node: str, stage: Stage) -> bool:
    return any(edge.target not in stage.nodes for edge in graph.outgoing[node])


def _reached_within(graph: FlowGraph, node: str, stage: Stage) -> set[str]:
    """The nodes of the stage that come after `node` on a way inside the stage that no failure is needed for."""
    inside = reachable(
        graph,
        [node],
        lambda edge: edge.target in stage.nodes and not edge.back and edge.kind is not EdgeKind.CATCH,
    )
    return inside - {node}


def _always_laps(graph: FlowGraph, loop: Loop) -> bool:
    """True when, from the header on, no choice whatever avoids a back-edge of this loop."""
    back = frozenset(loop.back_edges)
    verdict: dict[str, bool] = {}
    work = [loop.header]
    while work:
        node = work[-1]
        ways = [edge for edge in graph.outgoing[node] if edge.index in back or not edge.back]
        missing = [
            edge.target
            for edge in ways
            if edge.index not in back and edge.target in loop.body and edge.target not in verdict
        ]
        if missing and node not in verdict:
            work += missing
            continue
        work.pop()
        sure = [
            edge.index in back or verdict.get(edge.target, False)
            for edge in ways
            if edge.kind is EdgeKind.CONTROL or edge.catch == "always"
        ]
        chooses = graph.nodes[node].role is Role.DECISION
        verdict[node] = bool(sure) and (all(sure) if chooses else any(sure))
    return verdict[loop.header]
