"""How a node's out-edges settle when it ends: a table of rules, without state."""

from __future__ import annotations

from mermaid_flow.engine._flow_tables import FlowTables
from mermaid_flow.engine.events import EdgeStatus, NodeStatus

RAN = frozenset({NodeStatus.SUCCEEDED, NodeStatus.FAILED, NodeStatus.CANCELLED})
"""How a node ends that has begun."""


def control_outcome(status: NodeStatus, caught: bool, chosen: bool) -> EdgeStatus:
    """An ordinary edge. `chosen`: the decision picked it, or there is nothing to pick."""
    if status is NodeStatus.SUCCEEDED:
        return EdgeStatus.TAKEN if chosen else EdgeStatus.SKIPPED
    if status is NodeStatus.SKIPPED or caught:
        return EdgeStatus.SKIPPED
    return EdgeStatus.FAILED


def catch_outcome(tables: FlowTables, e: int, status: NodeStatus, failure: str) -> EdgeStatus:
    """A catch edge other than a rollback. An error edge also takes a timeout that no timeout edge is there for."""
    catch = tables.edges[e].catch
    if catch == "always":
        taken = status in RAN
    elif status is not NodeStatus.FAILED:
        taken = False
    elif catch == "timeout":
        taken = failure == "timeout"
    else:
        siblings = tables.out[tables.source[e]]
        taken = failure != "timeout" or all(tables.edges[sibling].catch != "timeout" for sibling in siblings)
    return EdgeStatus.TAKEN if taken else EdgeStatus.SKIPPED


def is_caught(tables: FlowTables, node: int, failure: str) -> bool:
    """True when one of the node's edges handles a failure of that kind."""
    return any(
        tables.edges[e].catch in {"error", "timeout"}
        and catch_outcome(tables, e, NodeStatus.FAILED, failure) is EdgeStatus.TAKEN
        for e in tables.out[node]
    )
