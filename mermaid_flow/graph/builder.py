"""From a parsed flowchart to the model that runs. Whatever could not be executed is refused here, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.graph.components import components
from mermaid_flow.graph.edges import edges_of, enclosing
from mermaid_flow.graph.loops import find_loops
from mermaid_flow.graph.model import EdgeKind, FlowGraph, Node, Role, Stage
from mermaid_flow.graph.roles import role_of_shape
from mermaid_flow.graph.settings import GraphSettings, settings_of
from mermaid_flow.graph.stages import find_reentries
from mermaid_flow.graph.zones import rollback_zone
from mermaid_flow.syntax.flowchart import Flowchart

Bound = Callable[[str, str], Role | None]
"""Tells by a node's id and label that something registered gives it another role than its shape; None: it does not."""


def build(
    diagram: Flowchart, name: str, settings: GraphSettings | None = None, bound: Bound | None = None
) -> FlowGraph:
    """The executable model of a flowchart. `settings` replaces what the front matter says.

    Raises Problems with one MflowError, with its place, for each thing that prevents execution: a cycle with two ways
    in or that is never left, a decision with two defaults, a rollback that is part of the flow, a stage that is
    entered again.
    """
    settings = settings_of(diagram) if settings is None else settings
    problems = _inside_one_another(diagram)
    if problems:
        raise Problems(problems)
    nodes = _nodes(diagram, bound)
    members = _members(diagram, nodes)
    problems = _drawn_into_itself(diagram, members) if members else []
    if problems:
        raise Problems(problems)
    edges = edges_of(diagram, nodes, members)
    stages = _stages(diagram, members)
    draft = FlowGraph(name, diagram, nodes, edges, stages=stages, barriers=settings.stages)
    problems += _second_defaults(draft)
    zone = rollback_zone(draft)
    problems += _misplaced_rollbacks(draft, zone)
    flow = [
        edge
        for edge in edges
        if edge.kind is not EdgeKind.NONE
        and edge.catch != "rollback"
        and not (edge.source in zone and edge.target not in zone)
    ]
    search = find_loops(nodes, flow, settings, diagram.source)
    problems += search.problems
    back = {index for loop in search.loops for index in loop.back_edges}
    if settings.stages and not search.problems:
        forward = [edge for edge in flow if edge.index not in back and edge.source not in zone]
        problems += find_reentries(nodes, forward, stages, search.loops, diagram.source)
    if problems:
        raise Problems(problems)
    if not back:
        return draft
    marked = tuple(replace(edge, back=True) if edge.index in back else edge for edge in edges)
    return replace(draft, edges=marked, loops=search.loops)


def _nodes(diagram: Flowchart, bound: Bound | None) -> dict[str, Node]:
    """All vertices but the subgraphs that are drawn to; an empty subgraph is a junction."""
    parents = {subgraph.id: subgraph.parent for subgraph in diagram.subgraphs}
    filled = {
        outer
        for vertex in diagram.vertices.values()
        if vertex.parent is not None and vertex.id not in parents
        for outer in enclosing(vertex.parent, parents)
    }
    nodes: dict[str, Node] = {}
    for vertex in diagram.vertices.values():
        if vertex.id in filled:
            continue
        role = Role.JUNCTION if vertex.id in parents else role_of_shape(vertex.shape)
        if bound:
            role = bound(vertex.id, vertex.label) or role
        stages = tuple(enclosing(vertex.parent, parents)) if vertex.parent is not None else ()
        nodes[vertex.id] = Node(vertex.id, vertex.label, role, vertex.span, len(nodes), vertex.classes, stages)
    return nodes


def _members(diagram: Flowchart, nodes: Mapping[str, Node]) -> dict[str, tuple[str, ...]]:
    """The executable nodes of each subgraph that has any, at any depth."""
    if not diagram.subgraphs:
        return {}
    collected: dict[str, list[str]] = {subgraph.id: [] for subgraph in diagram.subgraphs}
    for node in nodes.values():
        if node.role is not Role.NOTE:
            for stage in node.stages:
                collected[stage].append(node.id)
    return {subgraph: tuple(inside) for subgraph, inside in collected.items() if subgraph not in nodes}


def _stages(diagram: Flowchart, members: Mapping[str, tuple[str, ...]]) -> dict[str, Stage]:
    """The subgraphs, in source order."""
    subgraphs = sorted(diagram.subgraphs, key=lambda subgraph: subgraph.span.start)
    return {
        subgraph.id: Stage(subgraph.id, subgraph.title, frozenset(members[subgraph.id]), subgraph.span, subgraph.parent)
        for subgraph in subgraphs
        if subgraph.id in members
    }


def _inside_one_another(diagram: Flowchart) -> list[MflowError]:
    """The language lets `subgraph S` list T while `subgraph T` lists S: such subgraphs have no outermost one."""
    span = {subgraph.id: subgraph.span for subgraph in diagram.subgraphs}
    around = {subgraph.id: [subgraph.parent] for subgraph in diagram.subgraphs if subgraph.parent is not None}
    rings = [sorted(ring, key=span.__getitem__) for ring in components(span, around) if len(ring) > 1]
    return [
        MflowError(
            f"the subgraphs {' and '.join(map(repr, ring))} are inside one another",
            code="graph.subgraph",
            hint="let only one of them list the other",
            where=diagram.source.location(span[ring[0]]),
        )
        for ring in rings
    ]


def _drawn_into_itself(diagram: Flowchart, members: Mapping[str, tuple[str, ...]]) -> list[MflowError]:
    parents = {subgraph.id: subgraph.parent for subgraph in diagram.subgraphs}

    def inside(end: str, subgraph: str) -> bool:
        return subgraph in members and subgraph in enclosing(
            end if end in members else diagram.vertices[end].parent, parents
        )

    return [
        MflowError(
            f"an edge joins the subgraph and what is inside it: {edge.start!r} and {edge.end!r}",
            code="graph.subgraph",
            hint="draw it to or from one of the subgraph's nodes",
            where=diagram.source.location(edge.span),
        )
        for edge in diagram.edges
        if inside(edge.start, edge.end) or inside(edge.end, edge.start)
    ]


def _second_defaults(graph: FlowGraph) -> Iterable[MflowError]:
    for decision in graph.decisions:
        defaults = [edge for edge in graph.outgoing[decision.id] if edge.default]
        if len({edge.drawn for edge in defaults}) > 1:
            yield MflowError(
                f"the decision {decision.label!r} has {len(defaults)} default edges",
                code="graph.defaults",
                hint="label them: at most one edge may have no label, or `else`, `default` or `otherwise`",
                where=graph.diagram.source.location(defaults[1].span),
            )


def _misplaced_rollbacks(graph: FlowGraph, zone: frozenset[str]) -> Iterable[MflowError]:
    for edge in graph.catches:
        if edge.catch != "rollback":
            continue
        if edge.source in zone:
            reason = f"{edge.source!r} is itself part of a rollback"
        elif edge.target not in zone:
            reason = f"{edge.target!r} is also a step of the flow"
        else:
            continue
        yield MflowError(
            f"the rollback from {edge.source!r} to {edge.target!r} cannot be told from the flow: {reason}",
            code="graph.rollback",
            hint="let rollback edges lead from a step of the flow to nodes that nothing else leads to",
            where=graph.diagram.source.location(edge.span),
        )
