"""What differs between two sequence diagrams, or two runs of them: messages, conditions, laps, answers.

What happened in a lap over an item is compared with what happened in the lap over the item of the same name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.comparison.happenings import Happenings, different_answers, different_happenings, in_both
from mermaid_flow.render.comparison.model import (
    Change,
    Comparison,
    Fate,
    NodeDifference,
    StepDifference,
    differing,
)
from mermaid_flow.render.comparison.outline import Item, Pair, all_pairs, merged, outline
from mermaid_flow.render.comparison.runs import different_durations, different_facts, different_inputs, names_of
from mermaid_flow.syntax.sequence import Participant, SequenceDiagram

_UNSAID = "else"
"""What a branch without a text is called."""

Diagrams = tuple[SequenceDiagram, SequenceDiagram]


def compare_sequences(before: SequenceDiagram, after: SequenceDiagram, names: tuple[str, str]) -> Comparison:
    """What differs between two sequence diagrams. Participants are the same when their ids are."""
    pairs = all_pairs(merged(outline(before), outline(after)))
    return Comparison(
        *names,
        participants=tuple(_different_participants(before.participants, after.participants)),
        steps=tuple(found for pair in pairs if (found := step_difference(pair))),
    )


def compare_sequence_runs(
    before: RunRecord,
    after: RunRecord,
    diagrams: Diagrams,
    inputs: tuple[Mapping[str, object], Mapping[str, object]],
) -> Comparison:
    """What differs between two runs: of their diagrams, and of what happened. `inputs` are those recorded with them."""
    pairs = list(all_pairs(merged(*map(outline, diagrams))))
    runs = [Happenings.of(record, record.tree) for record in (before, after) if record.tree]
    steps = [step_difference(pair, tuple(different_happenings(pair, *runs))) for pair in pairs]
    nodes = [(old, new) for pair in pairs for _, old, new in in_both(pair, *runs)]
    return Comparison(
        *names_of(before, after),
        participants=tuple(_different_participants(*(diagram.participants for diagram in diagrams))),
        steps=tuple(step for step in steps if step),
        run=different_facts(before, after),
        decisions=tuple(change for pair in pairs for change in different_answers(pair, *runs)),
        inputs=different_inputs(*inputs),
        durations=different_durations(before, after, nodes),
    )


def step_difference(pair: Pair, happenings: tuple[Change, ...] = ()) -> StepDifference | None:
    """What differs in a step, with what `happenings` adds; None when it is the same in both."""
    if pair.before is None or pair.after is None:
        fate = Fate.REMOVED if pair.after is None else Fate.ADDED
        return StepDifference(pair.item.id, described(pair.item), fate)
    changes = (*_changes(pair, pair.before, pair.after), *happenings)
    return StepDifference(pair.item.id, described(pair.item), Fate.CHANGED, changes) if changes else None


def described(item: Item) -> str:
    """A statement in words."""
    if item.kind == "message":
        return f"{item.ends[0]} to {item.ends[1]}: {item.text}"
    if item.kind == "note":
        return f"note at {', '.join(item.ends)}: {item.text}"
    return " ".join([item.kind, *item.ends, *(part.text for part in item.parts[:1])]).rstrip()


def _changes(pair: Pair, before: Item, after: Item) -> Iterator[Change]:
    yield from differing({"kind": before.kind, "text": before.text}, {"kind": after.kind, "text": after.text})
    if after.kind == "note":
        yield from differing(
            {"place": f"{before.form} {', '.join(before.ends)}"}, {"place": f"{after.form} {', '.join(after.ends)}"}
        )
    elif before.ends and after.ends:
        names = ("from", "to")
        yield from differing(
            dict(zip(names, before.ends, strict=False)) | {"arrow": before.form},
            dict(zip(names, after.ends, strict=False)) | {"arrow": after.form},
        )
    for part in pair.parts:
        old, new = (None if one is None else one.text or _UNSAID for one in (part.before, part.after))
        if old != new:
            yield Change("condition" if old is not None and new is not None else "branch", old, new)


def _different_participants(
    before: Mapping[str, Participant], after: Mapping[str, Participant]
) -> Iterator[NodeDifference]:
    for name, there in {**before, **after}.items():
        if name not in before or name not in after:
            yield NodeDifference(name, _name(there), Fate.ADDED if name in after else Fate.REMOVED)
            continue
        old, new = ({"name": _name(found), "type": found.type} for found in (before[name], after[name]))
        if old != new:
            yield NodeDifference(name, _name(there), Fate.CHANGED, tuple(differing(old, new)))


def _name(participant: Participant) -> str:
    return participant.description or participant.id
