"""A diagram that was changed between two parts of its run: taken over when what has run already stays as it was.

The journal is never rewritten. A DIAGRAM_CHANGED event says how the indexes of edges moved and which nodes were still
open, and whoever folds the events sees the earlier ones through it: open nodes as if they had never begun.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from mermaid_flow.engine.events import EdgeStatus, Event, EventType, NodeStatus
from mermaid_flow.engine.folder import RunFolder, digest
from mermaid_flow.engine.recorded_graph import describe
from mermaid_flow.engine.scheduler import Scheduler
from mermaid_flow.errors import Location, MflowError, Problems
from mermaid_flow.graph.model import Edge, EdgeKind, FlowGraph, Node, Role
from mermaid_flow.graph.zones import leading_to

_Key: TypeAlias = tuple[str, str, str, EdgeKind, int]

_CHOOSING = frozenset({Role.DECISION, Role.MANUAL})
_FINISHED = frozenset({NodeStatus.SUCCEEDED, NodeStatus.SKIPPED, NodeStatus.RUNNING})


def take_over(folder: RunFolder, old: FlowGraph, new: FlowGraph) -> RunFolder:
    """Let a run go on with a changed diagram, before it is resumed: compare, record the change, keep the new text.

    `old` is the model as recorded. It can also differ from `new` because handlers give nodes other roles by now.
    Raises Problems with one MflowError, with its place, for each change inside the part that has run.
    """
    before, after = digest(folder.source.text), digest(new.diagram.source.text)
    if before == after and describe(new) == folder.metadata.graph:
        return folder
    with folder.lock(), folder.journal() as journal:
        recorded = journal.read()
        past = translated(recorded, before)
        scheduler = Scheduler(old)
        for event in past:
            scheduler.apply(event)
        fixed = finished_part(old, scheduler, past)
        problems = compare(old, new, scheduler, fixed)
        if problems:
            raise Problems(problems)
        opened = [node for node in old.nodes if node not in fixed]
        data: dict[str, object] = {
            "before": before,
            "after": after,
            "edges": _moved_edges(old, new),
            "opened": opened,
            "visits": _next_visits(scheduler, past, [node for node in opened if node in new.nodes]),
        }
        change = Event(EventType.DIAGRAM_CHANGED, data=data)
        trial = Scheduler(new)
        for event in translated([*recorded, change], after):
            trial.apply(event)
        journal.append([change])
        return folder.replace_diagram(new.diagram.source, new)


def translated(events: Sequence[Event], current: str, *, history: bool = False) -> list[Event]:
    """The events as a graph of the current diagram, whose text has the digest `current`, is to fold them.

    With `history`, what happened to open nodes before the change stays in. A change that was recorded but whose text
    never got to the disk has not happened.
    """
    changes = [event for event in events if event.type is EventType.DIAGRAM_CHANGED]
    effective: set[int] = set()
    for change in reversed(changes):
        if change.data.get("after") == current:
            effective.add(id(change))
            current = str(change.data.get("before"))
    seen: list[Event] = []
    for event in events:
        if event.type is not EventType.DIAGRAM_CHANGED:
            seen.append(event)
        elif id(event) in effective:
            seen = [*_through(event, seen, history), event]
    return seen


def _through(change: Event, events: Iterable[Event], history: bool) -> Iterator[Event]:
    """Earlier events with the edges' new indexes, and without those of nodes that were open.

    The branches of a sequence's fragments do not move: what was picked of those stays.
    """
    pairs, listed = change.data.get("edges"), change.data.get("opened")
    moved = dict(pairs) if isinstance(pairs, list) else None
    opened = set(listed) if isinstance(listed, list) and not history else set()
    for event in events:
        picked = event.data.get("edges")
        if event.node in opened:
            continue
        chose = event.type in {EventType.DECISION_ANSWERED, EventType.NODE_APPROVED}
        if moved is not None and chose and isinstance(picked, list):
            yield replace(event, data={**event.data, "edges": [moved[edge] for edge in picked if edge in moved]})
        else:
            yield event


def finished_part(graph: FlowGraph, scheduler: Scheduler, past: Iterable[Event]) -> frozenset[str]:
    """The nodes that a change must leave alone: those that have run or were not chosen, and all that led to them.

    Loops in which anything is finished and stages that have settled count as a whole. A node that waits for a person
    is open: it asks again.
    """
    status = scheduler.snapshot().nodes
    failures = set(scheduler.failures)
    fixed = {
        node
        for node, state in status.items()
        if state in _FINISHED or (state is NodeStatus.FAILED and node not in failures)
    }
    settled = {event.data.get("stage") for event in past if event.type is EventType.SETTLED}
    groups = [loop.body for loop in graph.loops if fixed & loop.body]
    groups += [stage.nodes for stage in graph.stages.values() if stage.id in settled]
    for group in groups:
        fixed |= group & status.keys()
    return frozenset(fixed.union(*(leading_to(graph, node, lambda edge: not edge.back) for node in fixed)))


def compare(old: FlowGraph, new: FlowGraph, scheduler: Scheduler, fixed: frozenset[str]) -> list[MflowError]:
    """What differs inside the finished part, each with its place in the new diagram; in the old one when it is gone."""
    if any(edge.catch == "rollback" and scheduler.edge_status(edge.index) is EdgeStatus.TAKEN for edge in old.edges):
        return [changed_inside("the run has been rolled back, so the diagram cannot be changed any more", None)]
    problems: list[MflowError] = []
    if old.barriers != new.barriers:
        problems.append(changed_inside("`subgraphs` has been changed in the front matter", None))
    for node in old.nodes.values():
        if node.id in fixed:
            chose = node.role in _CHOOSING and scheduler.node_status(node.id) is NodeStatus.SUCCEEDED
            problems += _compare_node(old, new, node, chose)
    return problems


def _compare_node(old: FlowGraph, new: FlowGraph, node: Node, chose: bool) -> list[MflowError]:
    if node.id not in new.nodes:
        where = old.diagram.source.location(node.span)
        return [changed_inside(f"{node.id} has run and is gone", where)]
    now = new.nodes[node.id]
    where = new.diagram.source.location(now.span)
    problems: list[MflowError] = []
    if node.label != now.label:
        problems.append(changed_inside(f"{node.id} has run as {node.label!r} and is {now.label!r} now", where))
    if node.role is not now.role:
        problems.append(changed_inside(f"{node.id} has run as {node.role} and is {now.role} now", where))
    if old.barriers and node.stages != now.stages:
        problems.append(changed_inside(f"{node.id} has run and is in another subgraph now", where))
    before, after = _fixed_edges(old, node, chose), _fixed_edges(new, now, chose)
    for key in before:
        if key not in after:
            problems.append(changed_inside(f"{node.id} has run and its edge {_shown(key)} is gone", where))
    for key, edge in after.items():
        if key not in before:
            place = new.diagram.source.location(edge.span)
            problems.append(changed_inside(f"{node.id} has run and has a new edge {_shown(key)}", place))
    return problems


def _fixed_edges(graph: FlowGraph, node: Node, chose: bool) -> Mapping[_Key, Edge]:
    """The node's edges that a change must leave alone: those that lead to it, that it chose from, that caught it."""
    outgoing = [edge for edge in graph.outgoing[node.id] if chose or edge.kind is EdgeKind.CATCH]
    keys = _keys(graph)
    return {keys[edge.index]: edge for edge in (*graph.incoming[node.id], *outgoing)}


def _keys(graph: FlowGraph) -> list[_Key]:
    """What identifies each edge whatever its index: ends, label, kind, and a number among equal ones."""
    seen: dict[tuple[str, str, str, EdgeKind], int] = {}
    keys: list[_Key] = []
    for edge in graph.edges:
        key = (edge.source, edge.target, edge.label, edge.kind)
        seen[key] = seen.get(key, 0) + 1
        keys.append((*key, seen[key]))
    return keys


def _moved_edges(old: FlowGraph, new: FlowGraph) -> list[list[int]]:
    now = {key: index for index, key in enumerate(_keys(new))}
    return [[index, now[key]] for index, key in enumerate(_keys(old)) if key in now]


def _next_visits(scheduler: Scheduler, past: Iterable[Event], nodes: Iterable[str]) -> dict[str, int]:
    """The visit that each node runs as, for those that had begun: their earlier visits stay in the record."""
    begun = {(event.node, event.visit) for event in past}
    visits = {node: scheduler.visit(node) for node in nodes}
    return {node: visit + ((node, visit) in begun) for node, visit in visits.items() if visit > 1 or (node, 1) in begun}


def _shown(key: _Key) -> str:
    source, target, label, *_ = key
    return f"{source} to {target}" + (f" ({label})" if label else "")


def changed_inside(message: str, where: Location | None) -> MflowError:
    """The error for a change of what has run."""
    return MflowError(
        message,
        code="resume.changed",
        hint="undo the change, or start a new run: `mflow run --from-run` reuses what is still valid",
        where=where,
    )
