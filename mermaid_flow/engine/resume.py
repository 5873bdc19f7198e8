"""What runs again when a run is resumed, and what another run may take over: results whose inputs are unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mermaid_flow.engine._memory import Memory, Remembered
from mermaid_flow.engine.events import EdgeStatus, Event, EventType, NodeStatus
from mermaid_flow.engine.ports import Worker
from mermaid_flow.engine.scheduler import Scheduler
from mermaid_flow.engine.scheduler_resume import nodes_to_run_again
from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.graph.model import FlowGraph, Role

DIED = {
    "code": "interrupted",
    "message": "a process died while this node ran, and its policy is to fail then",
    "hint": "see what it left behind, then resume once more",
}
"""The error of a node that was in flight when a process died, and whose policy is to fail then."""
_REASONS = {
    NodeStatus.FAILED: "it failed",
    NodeStatus.CANCELLED: "it was cancelled",
    NodeStatus.BLOCKED: "it was blocked",
}


@dataclass(frozen=True, slots=True)
class Reset:
    """A node that runs again and why. With `reuse`, its old result stands if what went into it turns out the same."""

    node: str
    reason: str
    reuse: bool = False


def restart(
    graph: FlowGraph, scheduler: Scheduler, worker: Worker, past: Sequence[Event], start_from: str | None = None
) -> list[Event]:
    """The events that let a run go on: NODE_INTERRUPTED for what was in flight, NODE_RESET for what runs again.

    `scheduler` has folded `past`, the events so far. `start_from` is a node's id or label: it runs again with all that
    comes after it. Raises MflowError when there is no such node.
    """
    interrupted = interruptions(graph, scheduler, worker, past)
    resets = [
        Event(
            EventType.NODE_RESET,
            reset.node,
            scheduler.visit(reset.node),
            {"reason": reset.reason, "reuse": reset.reuse},
        )
        for reset in what_runs_again(graph, scheduler, worker, past, start_from)
        if scheduler.node_status(reset.node) is not NodeStatus.RUNNING
    ]
    return interrupted + resets


def interruptions(graph: FlowGraph, scheduler: Scheduler, worker: Worker, past: Sequence[Event]) -> list[Event]:
    """NODE_INTERRUPTED for each node that was in flight when the process died that had written `past`."""
    return [_interruption(graph, scheduler, worker, past, node) for node in scheduler.running]


def what_runs_again(
    graph: FlowGraph, scheduler: Scheduler, worker: Worker, past: Sequence[Event], start_from: str | None = None
) -> list[Reset]:
    """The nodes that run again, in source order. Raises MflowError when `start_from` names no node."""
    asked = [] if start_from is None else [find_node(graph, start_from)]
    changed = _changed(graph, scheduler, worker, past)
    certain = set(nodes_to_run_again(scheduler, asked))
    rolled_back = {
        edge.source: edge.target
        for edge in graph.edges
        if edge.catch == "rollback" and scheduler.edge_status(edge.index) is EdgeStatus.TAKEN
    }
    resets: list[Reset] = []
    for node in nodes_to_run_again(scheduler, [*asked, *changed]):
        if node in asked:
            reason = "asked for"
        elif node in changed:
            reason = "its handler, or what the handler reads, has changed"
        elif node in rolled_back:
            reason = f"{rolled_back[node]} rolled it back"
        else:
            reason = _REASONS.get(scheduler.node_status(node), "something before it runs again")
        resets.append(Reset(node, reason, reuse=node not in certain and node not in changed))
    return resets


def find_node(graph: FlowGraph, name: str) -> str:
    """The id of the node with this id or, when only one has it, this label. Raises MflowError when there is none."""
    executable = {node.id: node.label for node in graph.nodes.values() if node.role is not Role.NOTE}
    if name in executable:
        return name
    labelled = [node for node, label in executable.items() if label == name]
    if len(labelled) == 1:
        return labelled[0]
    hint = f"use an id: {', '.join(labelled)}" if labelled else did_you_mean(name, [*executable, *executable.values()])
    raise MflowError(f"no node {name!r}", code="node.unknown", hint=hint)


def reusable(old: FlowGraph, events: Iterable[Event], run: str, new: FlowGraph) -> dict[str, Remembered]:
    """What a run of `new` may take over from the run `run` of `old`: results of nodes that are the same in both.

    Pass it to `execute`, which uses a result only when what went into it is unchanged.
    """
    memory = Memory(old)
    for event in events:
        memory.note(event)
    return {
        node: replace(result, origin={"run": run, **result.origin})
        for node, result in memory.results().items()
        if node in new.nodes
        and (old.nodes[node].label, old.nodes[node].role) == (new.nodes[node].label, new.nodes[node].role)
    }


def _interruption(graph: FlowGraph, scheduler: Scheduler, worker: Worker, past: Sequence[Event], node: str) -> Event:
    policy: str = worker.policy(graph.nodes[node]).on_interrupted
    if graph.nodes[node].role in {Role.DECISION, Role.TIMER} or was_pausing(past, node):
        policy = "rerun"  # Nothing that has effects was in flight.
    data: dict[str, object] = {"policy": policy}
    if policy == "fail":
        data["error"] = DIED
    return Event(EventType.NODE_INTERRUPTED, node, scheduler.visit(node), data)


def was_pausing(past: Sequence[Event], node: str) -> bool:
    """Whether the last attempt at the node had failed and the next one had not begun."""
    telling = (EventType.NODE_STARTED, EventType.NODE_RETRIED)
    last = next(event for event in reversed(past) if event.node == node and event.type in telling)
    return last.type is EventType.NODE_RETRIED


def _changed(graph: FlowGraph, scheduler: Scheduler, worker: Worker, past: Sequence[Event]) -> list[str]:
    """Nodes that succeeded and whose handler would read something else now."""
    digests: dict[str, object] = {}
    for event in past:
        if event.type in {EventType.NODE_SUCCEEDED, EventType.DECISION_ANSWERED} and event.node is not None:
            digests[event.node] = event.data.get("inputs")
    return [
        node
        for node, digest in digests.items()
        if digest
        and scheduler.node_status(node) is NodeStatus.SUCCEEDED
        and worker.inputs_digest(graph.nodes[node]) not in ("", digest)
    ]
