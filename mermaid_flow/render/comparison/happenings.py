"""What the steps of a sequence came to in a run, for which items: so that two runs can be compared.

The third lap of one run may be the second of another; what is done for `vpc` is compared with what is done for `vpc`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mermaid_flow.engine.record import NodeRecord, RunRecord
from mermaid_flow.engine.sequence_items import item_name
from mermaid_flow.engine.visits import DecisionRecord
from mermaid_flow.graph.sequence import Loop, SequenceTree, Step, bodies
from mermaid_flow.render.comparison.model import Change
from mermaid_flow.render.comparison.outline import Pair
from mermaid_flow.render.comparison.runs import happened
from mermaid_flow.render.looks import WORDS, Look, node_look
from mermaid_flow.render.summary import shown

_CONDITIONS = ("while", "until")

Nodes = Mapping[str, NodeRecord]
"""What one step came to, by the names of the laps around it; outside loops that is an empty text."""


@dataclass(frozen=True, slots=True)
class Happenings:
    """One run of a sequence. `loops` are the innermost loops around steps, by the step's id."""

    nodes: Mapping[str, Nodes]
    laps: Mapping[str, int]
    """How many laps of a loop have begun, all together."""
    loops: Mapping[str, Loop]
    conditions: frozenset[str]
    """The loops that ask before or after each lap."""

    @classmethod
    def of(cls, record: RunRecord, tree: SequenceTree) -> Happenings:
        """What a record tells."""
        texts = {step.id: getattr(step, "text", "") for step in tree.steps()}
        nodes: dict[str, dict[str, NodeRecord]] = {}
        begun: dict[str, set[tuple[str, ...]]] = {}
        around = dict(_loops_around(tree.body, ()))
        for node in record.nodes.values():
            step, *laps = node.id.split("-")
            names = node.label.removeprefix(texts[step]).strip()
            known = nodes.setdefault(step, {})
            known[names if names not in known else f"{names} {laps[-1]}"] = node
            for depth, loop in enumerate(around[step]):
                begun.setdefault(loop.id, set()).add(tuple(laps[: depth + 1]))
        innermost = {step: loops[-1] for step, loops in around.items() if loops}
        conditions = frozenset(loop.id for loop in tree.loops().values() if loop.kind in _CONDITIONS)
        return cls(nodes, {loop: len(laps) for loop, laps in begun.items()}, innermost, conditions)

    def of_step(self, step: str) -> Nodes:
        """What a step came to; nothing when it has not begun."""
        return self.nodes.get(step, {})

    def answers(self, step: str) -> Mapping[str, DecisionRecord]:
        """How a question was answered, by the names of the laps."""
        return {
            names: node.last.decision
            for names, node in self.of_step(step).items()
            if node.last and node.last.decision and step not in self.conditions
        }

    def in_every_lap(self, step: str) -> bool:
        """Whether a step has begun in each lap of the loop around it."""
        loop = self.loops.get(step)
        return loop is not None and len(self.of_step(step)) == self.laps.get(loop.id, 0)


def in_both(pair: Pair, before: Happenings, after: Happenings) -> Iterator[tuple[str, NodeRecord, NodeRecord]]:
    """What a step came to in both runs, with the names of the laps."""
    if pair.before and pair.after:
        old, new = before.of_step(pair.before.id), after.of_step(pair.after.id)
        yield from ((names, old[names], node) for names, node in new.items() if names in old)


def different_happenings(pair: Pair, before: Happenings, after: Happenings) -> Iterator[Change]:
    """What differs in what a step of both diagrams came to: outcomes, how often it ran, the laps of a loop."""
    if pair.before is None or pair.after is None:
        return
    for names, old, new in in_both(pair, before, after):
        for change in happened(old, new):
            yield Change(f"{change.what} {names}".rstrip(), change.before, change.after)
    ids = pair.before.id, pair.after.id
    first, second = before.of_step(ids[0]), after.of_step(ids[1])
    if pair.item.kind == "loop":
        yield from _different_numbers("laps", before.laps.get(ids[0], 0), after.laps.get(ids[1], 0))
    elif ids[0] in before.loops or ids[1] in after.loops:
        # What runs in every lap runs as often as there are laps, and the loop says that.
        if not (before.in_every_lap(ids[0]) and after.in_every_lap(ids[1])):
            yield from _different_numbers("times", len(first), len(second))
    elif len(first) != len(second):
        yield Change("outcome", *(_outcome(nodes) for nodes in (first, second)))


def different_answers(pair: Pair, before: Happenings, after: Happenings) -> Iterator[Change]:
    """The answers of a decision and the items of a loop that differ. What `while` asks is told by the laps alone."""
    old = before.answers(pair.before.id) if pair.before else {}
    new = after.answers(pair.after.id) if pair.after else {}
    question = pair.item.parts[0].text if pair.item.parts else ""
    for names in dict.fromkeys([*new, *old]):
        first, second = (_answer(found[names]) if names in found else None for found in (old, new))
        if first != second:
            yield Change(f"{question} {names}".rstrip(), first, second)


def _different_numbers(what: str, before: int, after: int) -> Iterator[Change]:
    if before != after:
        yield Change(what, str(before), str(after))


def _outcome(nodes: Nodes) -> str:
    return next((WORDS[node_look(node)] for node in nodes.values()), WORDS[Look.NOT_REACHED])


def _answer(decision: DecisionRecord) -> str:
    if isinstance(decision.value, list):
        return ", ".join(item_name(item) or shown(item) for item in decision.value) or "no items"
    return ", ".join(label or "default" for label in decision.labels) or shown(decision.value)


def _loops_around(steps: Iterable[Step], loops: tuple[Loop, ...]) -> Iterator[tuple[str, tuple[Loop, ...]]]:
    """The loops around each step, the outermost first."""
    for step in steps:
        inside = (*loops, step) if isinstance(step, Loop) else loops
        yield step.id, loops
        for body in bodies(step):
            yield from _loops_around(body, inside)
