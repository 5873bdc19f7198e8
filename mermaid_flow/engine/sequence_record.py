"""Reads a sequence's run from its record: what has begun, in the order of the diagram, and what nothing has handled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mermaid_flow.engine._sequence_state import SequenceState
from mermaid_flow.engine.events import Event, NodeStatus
from mermaid_flow.engine.sequence import Interpreter
from mermaid_flow.engine.sequence_flow import Due
from mermaid_flow.graph.sequence import SequenceTree


@dataclass(frozen=True)
class SequenceReading:
    """`begun` are the steps that have begun, each in its laps; `failures` the nodes whose failure nothing handled."""

    begun: tuple[Due, ...]
    failures: tuple[str, ...]
    state: SequenceState

    def status(self, node: str) -> NodeStatus:
        """The status of a step that has begun."""
        outcome = self.state.outcomes.get(node)
        if outcome is None:
            waits, runs = node in self.state.waiting, node in self.state.running
            return NodeStatus.WAITING if waits else NodeStatus.RUNNING if runs else NodeStatus.PENDING
        if outcome.cancelled:
            return NodeStatus.CANCELLED
        failed = outcome.error is not None or node in self.state.undone
        return NodeStatus.FAILED if failed else NodeStatus.SUCCEEDED


def read_sequence(tree: SequenceTree, events: Iterable[Event]) -> SequenceReading:
    """Read the events of a run of this tree."""
    state = SequenceState()
    for event in events:
        state.apply(event)
    interpreter = Interpreter(tree, state.outcomes, as_drawn=True)
    begun = tuple(due for node, due in interpreter.asked.items() if node in state.begun)
    failures = tuple(
        due.node.id
        for due in begun
        if due.node.id not in interpreter.flows.caught and (due.node.id in state.undone or _failed(state, due.node.id))
    )
    return SequenceReading(begun, failures, state)


def _failed(state: SequenceState, node: str) -> bool:
    outcome = state.outcomes.get(node)
    return outcome is not None and outcome.error is not None
