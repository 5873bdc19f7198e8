"""A sequence diagram that was changed between two parts of its run: taken over when what has run stays as it was.

The question is whether the journal could be the beginning of a run of the new diagram. So that one is replayed with
what has happened: it has to come to the same steps, saying the same. Everything else may be changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TypeAlias

from mermaid_flow.engine._sequence_state import SequenceState
from mermaid_flow.engine.diagram_change import changed_inside, translated
from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.folder import RunFolder, digest
from mermaid_flow.engine.recorded_graph import describe
from mermaid_flow.engine.sequence import Interpreter
from mermaid_flow.engine.sequence_resume import left_open
from mermaid_flow.errors import Location, MflowError, Problems
from mermaid_flow.graph.model import Role
from mermaid_flow.graph.sequence import (
    Break,
    Call,
    Choice,
    Lifetime,
    Loop,
    Parallel,
    Reply,
    SequenceTree,
    Step,
    bodies,
    step_of,
)

_Block: TypeAlias = tuple[tuple[str, int], ...]
"""Where a step is drawn: the kinds of the fragments around it, the outermost first, and the branch of each."""


def take_over_sequence(folder: RunFolder, old: SequenceTree, new: SequenceTree) -> RunFolder:
    """Let a run go on with a changed diagram, before it is resumed: compare, record the change, keep the new text.

    `old` is the tree as recorded. It can also differ from `new` because handlers take other messages by now.
    Raises Problems with one MflowError, with its place, for each change inside the part that has run.
    """
    before, after = digest(folder.source.text), digest(new.diagram.source.text)
    # How many laps run at once is no matter of what the diagram says.
    if before == after and replace(describe(new), parallel=describe(old).parallel) == describe(old):
        return folder
    with folder.lock(), folder.journal() as journal:
        state = SequenceState()
        for event in translated(journal.read(), before):
            state.apply(event)
        kept = _kept(old, state)
        if problems := compare_sequences(old, new, state, kept):
            raise Problems(problems)
        opened = [node for node in state.begun if node not in kept]
        data: dict[str, object] = {
            "before": before,
            "after": after,
            "opened": opened,
            "visits": {node: state.visit(node) + 1 for node in opened},
        }
        journal.append([Event(EventType.DIAGRAM_CHANGED, data=data)])
        return folder.replace_diagram(new.diagram.source, new)


def _kept(tree: SequenceTree, state: SequenceState) -> dict[str, None]:
    """What has run to an outcome that stands, or was in flight. Who waits for a person is asked again."""
    again = {node for node in left_open(tree, state) if node not in state.undone}
    return {node: None for node in state.begun if node not in state.waiting and node not in again}


def compare_sequences(
    old: SequenceTree, new: SequenceTree, state: SequenceState, kept: Mapping[str, None]
) -> list[MflowError]:
    """What differs inside the part that has run, each with its place in the new diagram; in the old when it is gone."""
    outcomes = {node: outcome for node, outcome in state.outcomes.items() if node in kept}
    then = Interpreter(old, outcomes, as_drawn=True)
    said_now = {step.id: _said(step) for step in new.steps()}
    same = {step.id for step in old.steps() if said_now.get(step.id) == _said(step)}
    now = Interpreter(
        new, {node: outcome for node, outcome in outcomes.items() if step_of(node) in same}, as_drawn=True
    )
    astray = [node for node in then.asked if node in kept and not (node in now.asked and step_of(node) in same)]
    if not astray:
        return []
    begun = {step_of(node) for node in kept}
    return _differences(old, new, begun) or [_led_elsewhere(new, then, now, astray[0])]


@dataclass(frozen=True, slots=True)
class _Placed:
    step: Step
    block: _Block


def _placed(block: tuple[Step, ...], around: _Block = ()) -> Iterator[_Placed]:
    for step in block:
        yield _Placed(step, around)
        for number, body in enumerate(bodies(step)):
            yield from _placed(body, (*around, (type(step).__name__, number)))


def _differences(old: SequenceTree, new: SequenceTree, begun: set[str]) -> list[MflowError]:
    """The statements up to the last that has begun, beside those of the new diagram."""
    before, after = list(_placed(old.body)), list(_placed(new.body))
    end = 1 + max(index for index, placed in enumerate(before) if placed.step.id in begun)
    first, second = ([_said(placed.step) for placed in side] for side in (before, after))
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    problems: list[MflowError] = []
    for kind, low, high, start, stop in matcher.get_opcodes():
        if low >= end:
            break  # what follows is nobody's business here
        stop = stop if high < end else min(stop, start + end - low)  # noqa: PLW2901
        pairs = list(zip(before[low : min(high, end)], after[start:stop], strict=False))
        for was, now in pairs:
            if kind != "equal" and (was.step.id in begun or was.step.id != now.step.id):
                problems.append(_changed(new, was.step, now.step, begun))
            elif was.step.id in begun and was.block != now.block:
                what = f"{_shown(was.step)} has run and is in another block now"
                problems.append(changed_inside(what, _where(new, now.step)))
        for was in before[low + len(pairs) : min(high, end)]:
            what = f"{_shown(was.step)} {_past(was.step, begun)} and is gone"
            problems.append(changed_inside(what, _where(old, was.step)))
        problems += [_new(new, now.step) for now in after[start + len(pairs) : stop]]
    return problems


def _changed(new: SequenceTree, was: Step, now: Step, begun: set[str]) -> MflowError:
    shown, past = _shown(was), _past(was, begun)
    if _shown(now) == shown:
        return changed_inside(f"{shown} {past} as {_kind(was)} and is {_kind(now)} now", _where(new, now))
    return changed_inside(f"{shown} {past} and is {_shown(now)} now", _where(new, now))


def _new(tree: SequenceTree, step: Step) -> MflowError:
    return changed_inside(f"{_shown(step)} is new, and what comes after it has run", _where(tree, step))


def _led_elsewhere(new: SequenceTree, then: Interpreter, now: Interpreter, astray: str) -> MflowError:
    """Nothing differs up to the last statement that has begun, but a lap has gone further, or there are fewer laps."""
    for node, due in now.due.items():
        if node not in then.asked or _said(then.asked[node].step) != _said(due.step):
            return _new(new, due.step)
    step = next(step for step in new.steps() if step.id == then.asked[astray].step.id)
    return changed_inside(
        f"{_shown(step)} has run in laps that the changed diagram does not come to", _where(new, step)
    )


def _past(step: Step, begun: set[str]) -> str:
    return "has run" if step.id in begun else "was passed"


def _where(tree: SequenceTree, step: Step) -> Location:
    return tree.diagram.source.location(step.span)


def _said(step: Step) -> tuple[object, ...]:
    """What a step says, of which nothing may be changed once it has begun."""
    match step:
        case Call():
            return step.role, step.source, step.target, step.text
        case Reply():
            return "reply", step.source, step.target, step.text
        case Lifetime():
            return "life", step.participant, step.creates
        case Loop() | Break():
            return type(step).__name__, step.text
        case Choice() | Parallel():
            return type(step).__name__, *(branch.text for branch in step.branches)
        case _:
            return "critical", step.text, *(option.text for option in step.options)


def _kind(step: Step) -> str:
    match step:
        case Call(role=Role.MANUAL):
            return "a question to a person"
        case Call():
            return "a call"
        case _:
            return "a reply"


def _shown(step: Step) -> str:  # noqa: PLR0911 - one for each kind of step
    """A step as the diagram writes it, more or less."""
    match step:
        case Call() | Reply():
            return f"`{step.source}->>{step.target}: {step.text}`"
        case Lifetime():
            return f"`{step.text}`"
        case Loop():
            return f"`loop {step.text}`"
        case Break():
            return f"`break {step.text}`"
        case Choice():
            keyword = "alt" if step.default else "opt"
            return f"`{keyword} {' / '.join(branch.text or 'else' for branch in step.branches)}`"
        case Parallel():
            return f"`par {' / '.join(branch.text for branch in step.branches)}`"
        case _:
            return f"`critical {' / '.join([step.text, *(option.text for option in step.options)])}`"
