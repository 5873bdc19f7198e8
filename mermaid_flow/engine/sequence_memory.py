"""Replies that a new run takes over from an earlier one: those to messages for which nothing is different now.

That is what the message says and who gets it, what its handler reads outside the diagram, the loop items, and all that
was returned before it. In which lap it was sent is no matter, so that one more item costs one more lap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mermaid_flow.engine._memory import Remembered
from mermaid_flow.engine._sequence_state import SequenceState
from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.sequence_resume import CHANGED
from mermaid_flow.graph.sequence import Call, Loop, SequenceTree, Step, bodies, step_of

BEFORE = "what was returned before it, or its item, is not the same"
ANEW = "a loop with a condition asks anew in each lap"


def reusable_replies(
    old: SequenceTree, events: Iterable[Event], run: str, new: SequenceTree
) -> Mapping[str, Remembered]:
    """What a run of `new` may take over from the run `run` of `old`, by node id. Pass it to `execute`.

    What was only declared is not among it: another process does not know of it. Neither are approvals.
    """
    state = SequenceState()
    found: dict[str, Remembered] = {}
    for event in events:
        state.apply(event)
        if event.type is EventType.NODE_RESET:
            found.pop(event.node or "", None)
        elif event.type is EventType.NODE_SUCCEEDED and event.data.get("lineage") and not event.data.get("declared"):
            found[event.node or ""] = _remembered(event, run)
    messages = {step.id: step for step in old.steps() if isinstance(step, Call)}
    same = {
        step.id
        for step in new.steps()
        if step.id in messages and isinstance(step, Call) and _said(step) == _said(messages[step.id])
    }
    return {node: result for node, result in found.items() if step_of(node) in same and node not in state.undone}


class Replies:
    """The replies that one run may take over. One owner."""

    def __init__(self, tree: SequenceTree, reusable: Mapping[str, Remembered]) -> None:
        self._by_lineage = {(step_of(node), result.lineage): result for node, result in reusable.items()}
        self._known = {step for step, _ in self._by_lineage}
        self._anew = set(_in_conditional_loops(tree.body))

    def knows(self, step: str) -> bool:
        """Whether the earlier run has sent the message of this step, in whatever lap."""
        return step in self._known

    def find(self, step: str, lineage: str, inputs: str) -> Remembered | str:
        """The reply that still holds, or why there is none."""
        if step in self._anew:
            return ANEW
        result = self._by_lineage.get((step, lineage))
        if result is None:
            return BEFORE
        return result if inputs and inputs == result.inputs else CHANGED


def _in_conditional_loops(block: tuple[Step, ...], inside: bool = False) -> Iterable[str]:
    """Laps of such loops are there to see whether the world has moved on: what it said before is no answer."""
    for step in block:
        within = inside or (isinstance(step, Loop) and step.kind in {"while", "until"})
        if inside:
            yield step.id
        for body in bodies(step):
            yield from _in_conditional_loops(body, within)


def _remembered(event: Event, run: str) -> Remembered:
    values, skipped = event.data.get("values"), event.data.get("skipped")
    return Remembered(
        values=values if isinstance(values, Mapping) else {},
        skipped=None if skipped is None else str(skipped),
        inputs=str(event.data.get("inputs") or ""),
        lineage=str(event.data["lineage"]),
        origin={"run": run, "visit": event.visit},
    )


def _said(call: Call) -> tuple[str, ...]:
    return call.source, call.target, call.text, call.role
