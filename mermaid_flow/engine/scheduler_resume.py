"""Which nodes run again when a run is resumed, or started again from a node. The engine records NODE_RESET for each."""

from __future__ import annotations

from collections.abc import Iterable

from mermaid_flow.engine.events import EdgeStatus, NodeStatus
from mermaid_flow.engine.scheduler import Scheduler
from mermaid_flow.graph.model import EdgeKind
from mermaid_flow.graph.zones import reachable, rollback_zone

_NOT_RUN = frozenset({NodeStatus.SKIPPED, NodeStatus.BLOCKED})
_NOT_BEGUN = frozenset({NodeStatus.PENDING, NodeStatus.READY})


def nodes_to_run_again(scheduler: Scheduler, restart: Iterable[str] = ()) -> tuple[str, ...]:
    """The nodes to reset so that a run can go on, in source order; the order of their resets does not matter.

    Failed and cancelled nodes, and the blocked ones; nodes that were rolled back, with all that came after them; what
    ran only because a failed node ended; and the nodes in `restart` (`--from NODE`) with all that came after them.
    A failure that a catch edge handled is finished business. Everything else keeps its state.
    """
    graph = scheduler.graph
    status = scheduler.snapshot().nodes
    zone = rollback_zone(graph)
    undone = [
        edge.source
        for edge in graph.edges
        if edge.catch == "rollback" and scheduler.edge_status(edge.index) is EdgeStatus.TAKEN
    ]
    found = reachable(graph, [*restart, *undone])
    blocked = [node for node in status if status[node] is NodeStatus.BLOCKED]
    work = [*found, *scheduler.failures, *blocked, *zone]
    found.update(work)
    while work:
        for edge in graph.outgoing[work.pop()]:
            if edge.back or edge.target in found:
                continue
            because_it_ended = edge.kind is EdgeKind.CATCH and scheduler.edge_status(edge.index) is EdgeStatus.TAKEN
            if because_it_ended:
                added = reachable(graph, [edge.target]) - found
            elif status[edge.target] in _NOT_RUN:
                added = {edge.target}
            else:
                continue
            found |= added
            work += added
    return tuple(node for node in status if node in found and status[node] not in _NOT_BEGUN)
