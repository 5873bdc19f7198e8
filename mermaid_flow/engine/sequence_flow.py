"""What the blocks of a sequence ask for, one step after the other: the meaning of each statement.

Each block is a generator that asks for an outcome and goes on with it. What runs side by side it hands over as a `Fork`
of such generators: whoever drives them decides which one goes on next.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

from mermaid_flow.engine.sequence_items import item_name, item_names
from mermaid_flow.engine.sequence_scope import Place, Scope
from mermaid_flow.graph.model import Node
from mermaid_flow.graph.sequence import (
    Attempt,
    Break,
    Call,
    Choice,
    Lifetime,
    Loop,
    Parallel,
    Reply,
    SequenceTree,
    Step,
    node_of,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step came to. `values` are those of a call, `value` and `picked` the answer of a decision."""

    values: Mapping[str, object] = field(default_factory=dict)
    value: object = None
    picked: int | None = None
    error: Mapping[str, object] | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A step whose outcome is asked for."""

    node: Node
    step: Step
    label: str
    items: Mapping[str, object]
    values: Scope
    reply: Mapping[str, object] | None = None
    """For a reply: the value of the call. Nothing has to be done."""
    exhausted: int | None = None
    """For a loop that has used up its laps: how many. The step has failed."""


class Failure(Exception):
    """Steps failed, and nothing has handled it yet. `nodes` are all of them, `error` is that of the first.

    `passed` are the `critical` fragments that did not handle it either.
    """

    def __init__(self, nodes: Sequence[str], outcome: Outcome, passed: Sequence[str] = ()) -> None:
        super().__init__(", ".join(nodes))
        self.nodes = tuple(nodes)
        self.outcome = outcome
        self.passed = tuple(passed)


class _Left(Exception):
    """A `break` leaves the fragment around it."""


@dataclass(frozen=True, slots=True)
class Fork:
    """Flows that run side by side, at most `limit` of them at once; 0 is no limit."""

    flows: Iterator[Flow]
    limit: int
    guarded: bool
    """Whether a `critical` around it may handle a failure."""


Flow: TypeAlias = Generator["Due | Fork", Outcome, None]
"""A block on its way. When a fork has failed, its Failure is thrown in; one that nothing handles comes out."""


class Flows:
    """Makes the flows of one pass through a tree, and remembers which failures have been handled.

    With `as_drawn`, laps that run side by side all begin at once.
    """

    def __init__(self, *, as_drawn: bool = False) -> None:
        self.caught: set[str] = set()
        """Failed nodes whose failure was handled."""
        self.undecided: set[str] = set()
        """Failed nodes of which it is asked whether an option handles their failure."""
        self.settled: set[str] = set()
        """Fragments that did not handle a failure which one around them did."""
        self._as_drawn = as_drawn

    def of(self, tree: SequenceTree) -> Flow:
        """The whole sequence."""
        try:
            yield from self._block(tree.body, Place(Scope()))
        except _Left:
            return

    def _block(self, steps: Sequence[Step], place: Place) -> Flow:
        for step in steps:
            match step:
                case Reply():
                    yield from self._ask(step, place)
                case Call() | Lifetime():
                    outcome = yield from self._ask(step, place)
                    place.scope.put(step.id, step.text, outcome.values)
                case Loop():
                    yield from self._loop(step, place)
                case Choice():
                    outcome = yield from self._ask(step, place)
                    if outcome.picked is not None:
                        yield from self._fragment(step.branches[outcome.picked].body, place)
                case Parallel():
                    yield from self._parallel(step, place)
                case Attempt():
                    yield from self._attempt(step, place)
                case Break():
                    outcome = yield from self._ask(step, place)
                    if outcome.picked is not None:
                        yield from self._fragment(step.body, place)
                        raise _Left

    def _fragment(self, steps: Sequence[Step], place: Place) -> Flow:
        """A block that a `break` in it leaves."""
        try:
            yield from self._block(steps, place)
        except _Left:
            return

    def _ask(
        self, step: Step, place: Place, *, exhausted: int | None = None
    ) -> Generator[Due | Fork, Outcome, Outcome]:
        """Ask for the outcome of a step. Raises Failure when it failed."""
        node = node_of(step, place.laps)
        reply = place.scope.get(step.to or "", {}) if isinstance(step, Reply) else None
        outcome = yield Due(node, step, place.label(node.label), place.items, place.scope, reply, exhausted)
        if outcome.error is not None:
            raise Failure([node.id], outcome)
        return outcome

    def _loop(self, loop: Loop, place: Place) -> Flow:
        laps: list[dict[str, object]] = []
        if loop.kind == "each":
            yield from self._items(loop, place, laps)
        else:
            scope = Scope(place.scope)
            try:
                laps_to_go = self._times if loop.kind == "times" else self._while
                yield from laps_to_go(loop, place, scope)
            except _Left:
                pass
            place.scope.merge(scope)
        if laps:
            place.scope.put(loop.id, loop.text, {"laps": laps})

    def _items(self, loop: Loop, place: Place, laps: list[dict[str, object]]) -> Flow:
        """A lap for each item, each with a scope of its own: they could run side by side."""
        items = cast("list[object]", (yield from self._ask(loop, place)).value)
        names = item_names(loop.subject)
        places: list[Place] = []
        for number, item in enumerate(items, 1):
            scope = Scope(place.scope, item)
            places.append(place.lap(number, scope, dict.fromkeys(names, item), item_name(item)))
            laps.append({"item": item, "values": scope.own})
        if loop.independent and loop.parallel > 1:
            flows = (self._block(loop.body, lap) for lap in places)
            yield Fork(flows, 0 if self._as_drawn else loop.parallel, place.guarded)
            return
        try:
            for lap in places:
                yield from self._block(loop.body, lap)
        except _Left:
            return

    def _times(self, loop: Loop, place: Place, scope: Scope) -> Flow:
        count = cast("int", (yield from self._ask(loop, place)).value)
        for number in range(1, count + 1):
            yield from self._block(loop.body, place.lap(number, scope))

    def _while(self, loop: Loop, place: Place, scope: Scope) -> Flow:
        """The condition is asked before each lap, or after it (`until`). Laps see what the one before returned."""
        for number in range(1, loop.max_laps + 1):
            lap = place.lap(number, scope)
            if loop.kind == "until":
                yield from self._block(loop.body, lap)
            answer = yield from self._ask(loop, lap)
            if (answer.picked is not None) is (loop.kind == "until"):
                return
            if loop.kind == "while":
                yield from self._block(loop.body, lap)
        if loop.kind == "while" and (yield from self._ask(loop, place.lap(loop.max_laps + 1, scope))).picked is None:
            return
        yield from self._ask(loop, place, exhausted=loop.max_laps)

    def _parallel(self, step: Parallel, place: Place) -> Flow:
        """Branches side by side; a `break` in one ends only that one."""
        scopes = [Scope(place.scope) for _ in step.branches]
        places = [replace(place, scope=scope) for scope in scopes]
        flows = (self._fragment(branch.body, own) for branch, own in zip(step.branches, places, strict=True))
        yield Fork(flows, 0, place.guarded)
        for scope in scopes:
            place.scope.merge(scope)

    def _attempt(self, step: Attempt, place: Place) -> Flow:
        guarded = replace(place, guarded=place.guarded or bool(step.options))
        try:
            yield from self._fragment(step.body, guarded)
        except Failure as failure:
            if failure.outcome.cancelled or not step.options:
                raise
            seen = replace(place, items={**place.items, "error": failure.outcome.error})
            self.undecided.update(failure.nodes)
            picked = (yield from self._ask(step, seen)).picked
            self.undecided.difference_update(failure.nodes)
            if picked is None:
                here = node_of(step, place.laps).id
                raise Failure(failure.nodes, failure.outcome, [*failure.passed, here]) from failure
            self.caught.update(failure.nodes)
            self.settled.update(failure.passed)
        else:
            return
        yield from self._fragment(step.options[picked].body, place)
