"""From arrows to dependencies: what kind each arrow is, and what it connects when it is drawn to or from a subgraph."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from mermaid_flow.graph.components import components
from mermaid_flow.graph.model import CatchKind, Edge, EdgeKind, Node, Role
from mermaid_flow.graph.roles import PASSIVE
from mermaid_flow.syntax import flowchart
from mermaid_flow.syntax.flowchart import Flowchart

CATCH_LABELS: Mapping[str, CatchKind] = MappingProxyType(
    {
        "on error": "error",
        "on failure": "error",
        "on timeout": "timeout",
        "rollback": "rollback",
        "always": "always",
    }
)
DEFAULT_LABELS = frozenset({"", "else", "default", "otherwise"})
_NOTE, _DECISION, _CONTROL = Role.NOTE, Role.DECISION, EdgeKind.CONTROL
_FLOWING = frozenset({"arrow_point", "arrow_circle"})


@functools.lru_cache(maxsize=1_024)
def normalised(label: str) -> str:
    """An edge label as it is compared with the words that have a meaning."""
    return " ".join(label.split()).casefold()


def catch_of(label: str, role: Role) -> CatchKind | None:
    """What a label makes an edge catch. The labels of a manual step are choices, but for the failures it can have."""
    catch = None if role in PASSIVE else CATCH_LABELS.get(normalised(label))
    return None if role is Role.MANUAL and catch in {"rollback", "always"} else catch


def kind_of(edge: flowchart.Edge, source: Role, target: Role) -> tuple[EdgeKind, CatchKind | None]:
    """What an arrow between two nodes of these roles means."""
    stroke = edge.stroke
    if stroke == "invisible" or edge.type not in _FLOWING or source is _NOTE or target is _NOTE:
        return EdgeKind.NONE, None
    if edge.label and (catch := catch_of(edge.label, source)):
        return EdgeKind.CATCH, catch
    # A dotted arrow with a label out of a decision is one of its choices.
    if stroke == "dotted" and not (source is _DECISION and edge.label.strip()):
        return EdgeKind.WEAK, None
    return _CONTROL, None


def edges_of(diagram: Flowchart, nodes: Mapping[str, Node], members: Mapping[str, tuple[str, ...]]) -> tuple[Edge, ...]:
    """All dependencies, in the order in which they are drawn. `members` are the nodes of each subgraph, at any depth.

    An edge to a subgraph leads to each of its entries, one from a subgraph comes from each of its exits; a catch edge
    from a subgraph comes from each node in it that can fail. The same dependency drawn twice is one edge.
    """
    edges: list[Edge] = []
    index_of: dict[tuple[str, str, str, EdgeKind, CatchKind | None], int] = {}
    drawn_again: dict[int, list[int]] = {}
    for drawn, source, target in _node_to_node(diagram, nodes, members):
        label, role = drawn.label, nodes[source].role
        kind, catch = kind_of(drawn, role, nodes[target].role)
        index = index_of.setdefault((source, target, label, kind, catch), len(edges))
        if index < len(edges):
            drawn_again.setdefault(index, []).append(drawn.index)
            continue
        default = role is _DECISION and kind is _CONTROL and normalised(label) in DEFAULT_LABELS
        edges.append(Edge(index, source, target, label, kind, drawn.span, (drawn.index,), catch, default=default))
    for index, more in drawn_again.items():
        edges[index] = replace(edges[index], drawn=(*edges[index].drawn, *more))
    return tuple(edges)


def _node_to_node(
    diagram: Flowchart, nodes: Mapping[str, Node], members: Mapping[str, tuple[str, ...]]
) -> Iterable[tuple[flowchart.Edge, str, str]]:
    """The drawn edges with the nodes that each starts from and leads to."""
    if not members:
        return [(drawn, drawn.start, drawn.end) for drawn in diagram.edges]
    ends = _SubgraphEnds(diagram, nodes, members)
    return (
        (drawn, source, target)
        for drawn in diagram.edges
        for source in ends.sources(drawn)
        for target in ends.targets(drawn)
    )


class _SubgraphEnds:
    """Where edges drawn to and from subgraphs arrive and start."""

    def __init__(self, diagram: Flowchart, nodes: Mapping[str, Node], members: Mapping[str, tuple[str, ...]]) -> None:
        self._nodes = nodes
        self._members = members
        self._entries: dict[str, tuple[str, ...]] = {}
        self._exits: dict[str, tuple[str, ...]] = {}
        parents = {subgraph.id: subgraph.parent for subgraph in diagram.subgraphs}
        inside: dict[str, list[flowchart.Edge]] = {
            end: [] for edge in diagram.edges for end in (edge.start, edge.end) if end in members
        }
        if not inside:
            return

        def around(end: str) -> list[str]:
            parent = parents[end] if end in members else diagram.vertices[end].parent
            return enclosing(parent, parents)

        for edge in diagram.edges:
            for name in set(around(edge.start)).intersection(around(edge.end), inside):
                inside[name].append(edge)
        for subgraph in diagram.subgraphs:  # inner before outer: the ends of an inner one count in the outer one
            if subgraph.id in inside:
                self._find_ends(subgraph.id, inside[subgraph.id])

    def sources(self, edge: flowchart.Edge) -> tuple[str, ...]:
        """The nodes that the edge starts from."""
        if edge.start not in self._members:
            return (edge.start,)
        acting = tuple(node for node in self._members[edge.start] if catch_of(edge.label, self._nodes[node].role))
        return acting or self._exits[edge.start]

    def targets(self, edge: flowchart.Edge) -> tuple[str, ...]:
        """The nodes that the edge leads to."""
        return self._entries[edge.end] if edge.end in self._members else (edge.end,)

    def _find_ends(self, name: str, edges: Iterable[flowchart.Edge]) -> None:
        """The first nodes and the last ones. A loop begins with its first node and is left from its decisions."""
        following: dict[str, list[str]] = {node: [] for node in self._members[name]}
        for edge in edges:
            for source in self.sources(edge):
                for target in self.targets(edge):
                    kind, catch = kind_of(edge, self._nodes[source].role, self._nodes[target].role)
                    if kind is not EdgeKind.NONE and catch != "rollback":
                        following[source].append(target)
        groups = components(following, following)
        group_of = {node: number for number, group in enumerate(groups) for node in group}
        entered = {group_of[b] for a, ends in following.items() for b in ends if group_of[a] != group_of[b]}
        left = {group_of[a] for a, ends in following.items() for b in ends if group_of[a] != group_of[b]}
        order = {node: self._nodes[node].order for node in following}
        firsts = [min(group, key=order.__getitem__) for number, group in enumerate(groups) if number not in entered]
        lasts: list[str] = []
        for number, group in enumerate(groups):
            if number not in left:
                decisions = [node for node in group if self._nodes[node].role is Role.DECISION]
                lasts += decisions or [max(group, key=order.__getitem__)]
        self._entries[name] = tuple(sorted(firsts, key=order.__getitem__))
        self._exits[name] = tuple(sorted(lasts, key=order.__getitem__))


def enclosing(name: str | None, parents: Mapping[str, str | None]) -> list[str]:
    """A subgraph and those around it, innermost first."""
    chain: list[str] = []
    while name is not None:
        chain.append(name)
        name = parents.get(name)
    return chain
