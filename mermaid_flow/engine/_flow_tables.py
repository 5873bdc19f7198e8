"""A flow graph as flat tables of integers: what the scheduler looks up for every event, computed once.

Loops and, when the diagram asks for barriers, stages are *regions*: sets of nodes that come to an end together.
An edge that leaves a region does not settle before the region has ended. Regions form a forest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mermaid_flow.graph.model import EdgeKind, FlowGraph, Role
from mermaid_flow.graph.zones import failure_zone, rollback_zone


@dataclass(slots=True)
class Region:
    """A loop or a stage. `nodes` are all of them, `direct` counts those in no inner region."""

    kind: Literal["loop", "stage"]
    name: str
    nodes: tuple[int, ...]
    parent: int = -1
    children: list[int] = field(default_factory=list)
    direct: int = 0
    exits: list[int] = field(default_factory=list)
    """Edges that wait for its end: it is the outermost region that they leave."""
    leaving: list[int] = field(default_factory=list)
    """All edges that leave it, those that leave an outer one as well included."""
    inner: list[int] = field(default_factory=list)
    """Edges that a new lap makes pending again: those out of `nodes`, but for rollback edges."""
    header: int = -1
    back_edges: tuple[int, ...] = ()
    max_laps: int = 0

    @property
    def size(self) -> int:
        """How many things must come to their end for the region to do so."""
        return self.direct + len(self.children)


class FlowTables:
    """The tables. Nodes and edges are numbers: nodes in source order (notes left out), edges as in `graph.edges`."""

    def __init__(self, graph: FlowGraph) -> None:
        self.ids = [node.id for node in graph.nodes.values() if node.role is not Role.NOTE]
        self.index = {node: i for i, node in enumerate(self.ids)}
        self.is_decision = [graph.nodes[node].role is Role.DECISION for node in self.ids]
        self.out = [tuple(edge.index for edge in graph.outgoing[node]) for node in self.ids]
        self.into = [tuple(edge.index for edge in graph.incoming[node]) for node in self.ids]
        self.edges = graph.edges
        executable = [edge for edge in graph.edges if edge.kind is not EdgeKind.NONE]
        self.source = [-1] * len(graph.edges)
        self.target = [-1] * len(graph.edges)
        for edge in executable:
            self.source[edge.index] = self.index[edge.source]
            self.target[edge.index] = self.index[edge.target]
        self.undo = frozenset(self.index[node] for node in rollback_zone(graph))
        self.aftermath = frozenset(self.index[node] for node in failure_zone(graph))
        self.rollbacks = [edge.index for edge in executable if edge.catch == "rollback"]
        self.has_fate_edges = [
            any(self.edges[e].kind is EdgeKind.CATCH and self.edges[e].catch != "rollback" for e in out)
            for out in self.out
        ]
        # Back-edges start laps instead of counting as in-edges, and the flow does not wait for a rollback.
        self.counts = [
            self.source[edge.index] >= 0
            and not edge.back
            and not (self.source[edge.index] in self.undo and self.target[edge.index] not in self.undo)
            for edge in graph.edges
        ]
        self.need = [0] * len(self.ids)
        self.decided_by_edges = [False] * len(self.ids)
        for edge in executable:
            if self.counts[edge.index]:
                target = self.target[edge.index]
                self.need[target] += 1
                if edge.kind is not EdgeKind.WEAK:
                    self.decided_by_edges[target] = True
        self.regions: list[Region] = []
        self.region_of = [-1] * len(self.ids)
        self.held_by = [-1] * len(graph.edges)
        self._add_regions(graph)

    def chain(self, node: int) -> list[int]:
        """The regions around a node, innermost first."""
        found = []
        region = self.region_of[node]
        while region >= 0:
            found.append(region)
            region = self.regions[region].parent
        return found

    def _add_regions(self, graph: FlowGraph) -> None:
        for loop in graph.loops:
            nodes = tuple(sorted(self.index[node] for node in loop.body))
            header = self.index[loop.header]
            self.regions.append(
                Region("loop", loop.header, nodes, header=header, back_edges=loop.back_edges, max_laps=loop.max_laps)
            )
        for stage in graph.stages.values() if graph.barriers else ():
            members = {self.index[node] for node in stage.nodes if node in self.index} - self.undo
            if members:
                self.regions.append(Region("stage", stage.id, tuple(sorted(members))))
        # Larger ones first; of equal ones the stage goes around the loop, so that it settles once, after the last lap.
        self.regions.sort(key=lambda region: (-len(region.nodes), region.kind == "loop"))
        for number, region in enumerate(self.regions):
            region.parent = self.region_of[region.nodes[0]]
            if region.parent >= 0:
                self.regions[region.parent].children.append(number)
            for node in region.nodes:
                self.region_of[node] = number
        for region_number in self.region_of:
            if region_number >= 0:
                self.regions[region_number].direct += 1
        for node, region_number in enumerate(self.region_of):
            if region_number >= 0:
                self._add_exits(node)

    def _add_exits(self, node: int) -> None:
        """Enter the node's out-edges into the regions around it."""
        chain = self.chain(node)
        for e in self.out[node]:
            if self.edges[e].catch == "rollback":
                continue
            around_target = set(self.chain(self.target[e]))
            for number in chain:
                self.regions[number].inner.append(e)
                if number not in around_target and self.counts[e]:
                    self.regions[number].leaving.append(e)
                    self.held_by[e] = number
            if self.held_by[e] >= 0:
                self.regions[self.held_by[e]].exits.append(e)
