"""What runs again when a sequence is resumed. The order is strict, so that this is simpler than in a flowchart: what
failed, and from a step that has changed or was named on, everything that had begun after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mermaid_flow.engine._sequence_state import SequenceState
from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.ports import Worker
from mermaid_flow.engine.resume import DIED, was_pausing
from mermaid_flow.engine.sequence import Interpreter
from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.graph.model import Node, Role
from mermaid_flow.graph.sequence import Attempt, SequenceTree, step_of

CHANGED = "its handler, or what the handler reads, has changed"
"""Why a step runs again although it has succeeded."""


def interruption(node: Node, visit: int, worker: Worker, past: Sequence[Event]) -> Event:
    """The event for a step that was in flight when a process died."""
    policy: str = worker.policy(node).on_interrupted
    if node.role is Role.DECISION or was_pausing(past, node.id):
        policy = "rerun"  # Nothing that has effects was in flight.
    data: dict[str, object] = {"policy": policy}
    if policy == "fail":
        data["error"] = DIED
    return Event(EventType.NODE_INTERRUPTED, node.id, visit, data)


def what_runs_again(
    tree: SequenceTree,
    state: SequenceState,
    worker: Worker,
    node_by_id: Callable[[str], Node],
    start_from: str | None = None,
) -> dict[str, str]:
    """The steps that run again, in the order in which they began, with the reason.

    Raises MflowError when `start_from` names nothing that has begun.
    """
    open_ones = left_open(tree, state)
    reasons: dict[str, str] = {}
    first = _first_begun(tree, state, start_from) if start_from is not None else None
    later = ""
    for node in state.begun:
        if node == first:
            reasons[node], later = "asked for", "something before it runs again"
        elif later:
            reasons[node] = later
        elif node in open_ones:
            reasons[node] = open_ones[node]
        elif (known := state.inputs.get(node)) and worker.inputs_digest(node_by_id(node)) not in ("", known):
            reasons[node] = CHANGED
            later = "something before it runs again"
    return {node: reason for node, reason in reasons.items() if node not in state.running}


def left_open(tree: SequenceTree, state: SequenceState) -> dict[str, str]:
    """The steps that came to something which does not stand, whatever else has changed: why they run again."""
    interpreter = Interpreter(tree, state.outcomes)
    attempts = {step.id for step in tree.steps() if isinstance(step, Attempt)}
    reasons: dict[str, str] = {}
    for node, outcome in state.outcomes.items():
        if outcome.error is not None:
            if node not in interpreter.flows.caught | interpreter.flows.undecided:
                reasons[node] = "it was cancelled" if outcome.cancelled else "it failed"
        elif node in state.undone:
            reasons[node] = "what it declared could not be applied"
        elif step_of(node) in attempts and outcome.picked is None and node not in interpreter.flows.settled:
            reasons[node] = "the failure that it did not handle may be over"
    return reasons


def _first_begun(tree: SequenceTree, state: SequenceState, name: str) -> str:
    """The first thing that began of what has this id or text."""
    named = {step.id for step in tree.steps() if name in (step.id, getattr(step, "text", ""))}
    found = next((node for node in state.begun if node == name or step_of(node) in named), None)
    if found is None:
        texts = [getattr(step, "text", "") for step in tree.steps()]
        hint = did_you_mean(name, [*state.begun, *filter(None, texts)])
        raise MflowError(f"no step {name!r} has begun", code="node.unknown", hint=hint)
    return found
