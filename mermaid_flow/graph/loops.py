"""Loops: where a cycle is entered, what belongs to it, and which cycles cannot be executed at all.

In a flow that can be executed every cycle has one way in, its header. A strongly connected component with one entry
is a loop; without the edges back to its header it falls apart into the loops nested in it. (For graphs of this kind
that gives the natural loops that dominators give, at the cost of one depth-first search for each level of nesting.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.graph.components import components, cyclic
from mermaid_flow.graph.model import Edge, EdgeKind, Loop, Node, Role
from mermaid_flow.graph.settings import GraphSettings
from mermaid_flow.syntax.source import Source


@dataclass(frozen=True, slots=True)
class LoopSearch:
    """The loops found, outer before inner, and the cycles that cannot be executed."""

    loops: tuple[Loop, ...]
    problems: tuple[MflowError, ...]


def find_loops(nodes: Mapping[str, Node], edges: Sequence[Edge], settings: GraphSettings, source: Source) -> LoopSearch:
    """Find the loops that `edges` (the flow's own: executable, no rollback) make of `nodes`."""
    if not _may_have_cycles(nodes, edges):
        return LoopSearch((), tuple(_outside_loops((), settings, source)))
    problems = [_endless(cycle, nodes, source) for cycle in _unconditional_cycles(nodes, edges)]
    loops: list[Loop] = []
    outgoing: dict[str, list[Edge]] = {node: [] for node in nodes}
    for edge in edges:
        outgoing[edge.source].append(edge)
    work = [(tuple(nodes), tuple(edges))]
    while work:
        inside, among = work.pop()
        for component, within, entries in _cycles(inside, among, nodes):
            if len(entries) > 1:
                problems.append(_irreducible(component, entries, nodes, source))
                continue
            header = entries[0]
            body = frozenset(component)
            loops.append(
                Loop(
                    header=header,
                    body=body,
                    back_edges=tuple(edge.index for edge in within if edge.target == header),
                    exits=tuple(edge.index for node in component for edge in outgoing[node] if edge.target not in body),
                    max_laps=settings.max_laps,
                )
            )
            work.append((tuple(component), tuple(edge for edge in within if edge.target != header)))
    if not problems:
        problems += _outside_loops(loops, settings, source)
    loops.sort(key=lambda loop: (-len(loop.body), nodes[loop.header].order))
    return LoopSearch(tuple(_with_own_laps(loops, settings.laps)), tuple(problems))


def _may_have_cycles(nodes: Mapping[str, Node], edges: Iterable[Edge]) -> bool:
    """False where each edge leads on in the text, as most diagrams are drawn: there the searches find nothing."""
    return any(nodes[edge.source].order >= nodes[edge.target].order for edge in edges)


def _cycles(
    inside: Iterable[str], edges: Sequence[Edge], nodes: Mapping[str, Node]
) -> list[tuple[list[str], list[Edge], list[str]]]:
    """The cyclic components among `inside`: nodes in source order, the edges within, the nodes where it is entered."""
    following: dict[str, list[str]] = {node: [] for node in inside}
    for edge in edges:
        following[edge.source].append(edge.target)
    found = [group for group in components(following, following) if cyclic(group, following)]
    if not found:
        return []
    group_of = {node: number for number, group in enumerate(found) for node in group}
    within: list[list[Edge]] = [[] for _ in found]
    entries: list[dict[str, None]] = [{} for _ in found]
    for edge in edges:
        number = group_of.get(edge.target)
        if number is not None:
            if group_of.get(edge.source) == number:
                within[number].append(edge)
            else:
                entries[number][edge.target] = None
    order = {node: nodes[node].order for node in group_of}
    result = []
    for group, edges_within, entered in zip(found, within, entries, strict=True):
        group.sort(key=order.__getitem__)
        # Where nothing leads into the cycle from outside, it begins with the node that is drawn first.
        ways_in = sorted(entered, key=order.__getitem__) or group[:1]
        result.append((group, edges_within, ways_in))
    return result


def _unconditional_cycles(nodes: Mapping[str, Node], edges: Sequence[Edge]) -> list[list[Edge]]:
    """Cycles of edges that are always taken: once entered, they are never left."""
    sure = [edge for edge in edges if not is_choice(edge, nodes[edge.source])]
    return [within for _, within, _ in _cycles(nodes, sure, nodes)]


def is_choice(edge: Edge, source: Node) -> bool:
    """True when the edge may be taken or not although its source has run: a decision's, a choice's, a catch edge."""
    if edge.kind is EdgeKind.CATCH:
        return True
    chooses = source.role is Role.DECISION or (source.role is Role.MANUAL and bool(edge.label.strip()))
    return edge.kind is EdgeKind.CONTROL and chooses


def _with_own_laps(loops: Iterable[Loop], laps: Mapping[str, int]) -> list[Loop]:
    """Give the innermost loop around each node named in the settings its own bound."""
    result = list(loops)
    for node, number in laps.items():
        for position in reversed(range(len(result))):
            loop = result[position]
            if node in loop.body:
                result[position] = Loop(loop.header, loop.body, loop.back_edges, loop.exits, number)
                break
    return result


def _outside_loops(loops: Sequence[Loop], settings: GraphSettings, source: Source) -> Iterator[MflowError]:
    """An error for each node that the settings bound the laps of, and that no loop contains."""
    inside = {node for loop in loops for node in loop.body}
    for node in settings.laps:
        if node not in inside:
            message = f"`mflow.max_laps` names {node!r}, which is in no loop"
            begins = " and ".join(repr(loop.header) for loop in loops)
            known = f"loops begin at {begins}" if loops else "the diagram has no loop"
            hint = did_you_mean(node, inside) or known
            yield MflowError(message, code="graph.settings", hint=hint, where=source.location((0, 0)))


def _endless(cycle: Sequence[Edge], nodes: Mapping[str, Node], source: Source) -> MflowError:
    closing = max(cycle, key=lambda edge: nodes[edge.source].order - nodes[edge.target].order)
    names = _listed(sorted({edge.source for edge in cycle}, key=lambda node: nodes[node].order))
    return MflowError(
        f"the loop of {names} is never left",
        code="graph.endless",
        hint="one of its edges must leave a decision, or be taken `on error` only",
        where=source.location(closing.span),
    )


def _irreducible(
    component: Sequence[str], entries: Sequence[str], nodes: Mapping[str, Node], source: Source
) -> MflowError:
    return MflowError(
        f"the cycle of {_listed(component)} has more than one way in: {_listed(entries)}",
        code="graph.irreducible",
        hint="lead every edge from outside to the same node of the cycle",
        where=source.location(nodes[entries[1]].span),
    )


def _listed(names: Sequence[str]) -> str:
    quoted = [repr(name) for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
