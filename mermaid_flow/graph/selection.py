"""Limits a run to a part of a flowchart: which nodes are left out. They count as done: what comes after may run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.graph.model import FlowGraph, Node, Role
from mermaid_flow.graph.roles import PASSIVE
from mermaid_flow.graph.zones import leading_to, reachable

LEFT_OUT = "left out: not selected"
"""Why a node did nothing, as the record has it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What to select: ids or labels of nodes, names of classes, ids or titles of subgraphs. Empty means everything."""

    only: tuple[str, ...] = ()
    with_dependencies: bool = False
    """Whether the nodes that lead to the named ones are selected as well."""
    with_dependents: bool = False
    """Whether the nodes that the named ones lead to are selected as well."""


def selected(graph: FlowGraph, selection: Selection) -> frozenset[str]:
    """The ids of the selected nodes. Raises MflowError (code `selection.unknown`) for a name that nothing has."""
    if not selection.only:
        return frozenset(graph.nodes)
    named = {node for name in selection.only for node in named_nodes(graph, name)}
    found = set(named)
    if selection.with_dependencies:
        found.update(*(leading_to(graph, node) for node in named))
    if selection.with_dependents:
        found |= reachable(graph, named)
    return frozenset(found)


def left_out(graph: FlowGraph, selection: Selection) -> frozenset[str]:
    """The ids of the nodes that do nothing under a selection. Raises MflowError as `selected` does.

    What does no work (decisions, starts, ends, junctions) and manual steps with a choice are never left out: they say
    which way the diagram goes.
    """
    chosen = selected(graph, selection)
    return frozenset(node.id for node in graph.nodes.values() if node.id not in chosen and _works(graph, node))


def named_nodes(graph: FlowGraph, name: str) -> Sequence[str]:
    """The nodes that a name stands for: the closest meaning wins, an id before a label before a group.

    Raises MflowError (code `selection.unknown`) when there are none.
    """
    nodes = [node for node in graph.nodes.values() if node.role is not Role.NOTE]
    groups = {text: stage.nodes for stage in graph.stages.values() for text in (stage.title, stage.id)}
    meanings = (
        [node.id for node in nodes if node.id == name],
        [node.id for node in nodes if " ".join(node.label.split()) == name],
        [node.id for node in nodes if name in node.classes],
        [node.id for node in nodes if node.id in groups.get(name, ())],
    )
    for found in meanings:
        if found:
            return found
    known = {text for node in nodes for text in (node.id, node.label, *node.classes)} | set(groups)
    raise MflowError(
        f"{graph.name} has no node, class or subgraph {name!r}",
        code="selection.unknown",
        hint=did_you_mean(name, sorted(known)),
    )


def _works(graph: FlowGraph, node: Node) -> bool:
    chooses = node.role is Role.MANUAL and any(edge.label for edge in graph.outgoing[node.id])
    return node.role not in PASSIVE and not chooses
