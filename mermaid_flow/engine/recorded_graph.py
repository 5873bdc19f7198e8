"""What the executable model of a run had beyond its diagram: roles that handlers gave, bounds that settings set.

It is kept with the run, so that the model can be built again from the record alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mermaid_flow.graph import GraphSettings, build
from mermaid_flow.graph.model import FlowGraph, Role
from mermaid_flow.graph.roles import role_of_shape
from mermaid_flow.graph.sequence import SequenceTree
from mermaid_flow.graph.sequence_builder import Deviations, deviations, rebuild_sequence
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.sequence import SequenceDiagram


@dataclass(frozen=True, slots=True)
class GraphRecord:
    """`roles` of nodes whose shape says something else, `laps` by loop header, `stages` when subgraphs are barriers.

    Of a sequence diagram: kinds of its messages, bounds and parallelism of its loops, each by the step's id.
    """

    roles: Mapping[str, str] = field(default_factory=dict)
    laps: Mapping[str, int] = field(default_factory=dict)
    stages: bool = False
    parallel: Mapping[str, int] = field(default_factory=dict)


def describe(graph: FlowGraph | SequenceTree) -> GraphRecord:
    """What has to be kept of a model to build it again from its diagram."""
    if isinstance(graph, SequenceTree):
        found = deviations(graph)
        return GraphRecord(roles=found.kinds, laps=found.laps, parallel=found.parallel)
    vertices = graph.diagram.vertices
    return GraphRecord(
        roles={
            node.id: node.role.value
            for node in graph.nodes.values()
            if node.id in vertices and node.role is not role_of_shape(vertices[node.id].shape)
        },
        laps={loop.header: loop.max_laps for loop in graph.loops},
        stages=graph.barriers,
    )


def rebuild(diagram: Flowchart, name: str, record: GraphRecord) -> FlowGraph:
    """The model as it was. Raises MflowError when the record does not fit the diagram."""

    def bound(node: str, _: str) -> Role | None:
        return Role(record.roles[node]) if node in record.roles else None

    return build(diagram, name, GraphSettings(stages=record.stages, laps=record.laps), bound)


def rebuild_tree(diagram: SequenceDiagram, name: str, record: GraphRecord) -> SequenceTree:
    """The tree of a sequence diagram as it was. Raises MflowError when the record does not fit the diagram."""
    return rebuild_sequence(diagram, name, Deviations(record.roles, record.laps, record.parallel))
