"""The executable model of a flowchart: what runs, what waits for what. See docs/semantics.md, section 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Literal, TypeVar, dataclass_transform

from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.source import Span


class Role(StrEnum):
    """What a node does when the diagram runs."""

    ACTION = "action"
    DECISION = "decision"
    TERMINAL = "terminal"
    SUBWORKFLOW = "subworkflow"
    DATA_STORE = "data_store"
    DATA = "data"
    MANUAL = "manual"
    JUNCTION = "junction"
    TIMER = "timer"
    NOTE = "note"


class EdgeKind(StrEnum):
    CONTROL = "control"
    WEAK = "weak"
    CATCH = "catch"
    NONE = "none"


_Class = TypeVar("_Class")

CatchKind = Literal["error", "timeout", "rollback", "always"]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def _frozen(cls: type[_Class]) -> type[_Class]:
    """A dataclass that type checkers keep from being changed. For one that Python keeps, too, making nodes and edges
    would take three times as long, which is much of the time that building a graph takes."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


@_frozen
class Node:
    """A box that takes part in execution. `stages` are the ids of its subgraphs, innermost first."""

    id: str
    label: str
    role: Role
    span: Span
    order: int
    """Position in the source: ready nodes start in this order."""
    classes: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()


@_frozen
class Edge:
    """A dependency. `index` is its place in `FlowGraph.edges`; `drawn` are the AST edge indexes it stands for."""

    index: int
    source: str
    target: str
    label: str
    kind: EdgeKind
    span: Span
    drawn: tuple[int, ...]
    catch: CatchKind | None = None
    back: bool = False
    """True when the edge closes a loop."""
    default: bool = False
    """True for the out-edge of a decision that is taken when no label matches."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A reducible cycle: `header` dominates the body; `exits` are edge indexes that leave it."""

    header: str
    body: frozenset[str]
    back_edges: tuple[int, ...]
    exits: tuple[int, ...]
    max_laps: int = 10


@dataclass(frozen=True, slots=True)
class Stage:
    """A subgraph: a group for defaults and display, and a barrier when the diagram asks for stages."""

    id: str
    title: str
    nodes: frozenset[str]
    span: Span
    parent: str | None = None


@dataclass(frozen=True)
class FlowGraph:
    """The whole model. Node order is source order."""

    name: str
    diagram: Flowchart
    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    loops: tuple[Loop, ...] = ()
    stages: Mapping[str, Stage] = field(default_factory=dict)
    barriers: bool = False
    """True for `mflow: {subgraphs: stages}`."""

    @cached_property
    def decisions(self) -> tuple[Node, ...]:
        """The decisions among the nodes."""
        return tuple(node for node in self.nodes.values() if node.role is Role.DECISION)

    @cached_property
    def catches(self) -> tuple[Edge, ...]:
        """The edges of kind CATCH."""
        return tuple(edge for edge in self.edges if edge.kind is EdgeKind.CATCH)

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Edge, ...]]:
        """Executable out-edges (kind other than NONE) by node id."""
        return self._adjacency("source")

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Edge, ...]]:
        """Executable in-edges (kind other than NONE) by node id."""
        return self._adjacency("target")

    def _adjacency(self, end: Literal["source", "target"]) -> Mapping[str, tuple[Edge, ...]]:
        collected: dict[str, list[Edge]] = {node: [] for node in self.nodes}
        for edge in self.edges:
            if edge.kind is not EdgeKind.NONE:
                collected[edge.source if end == "source" else edge.target].append(edge)
        return {node: tuple(edges) for node, edges in collected.items()}
