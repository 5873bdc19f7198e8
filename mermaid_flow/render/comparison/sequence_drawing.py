"""Two sequence diagrams as one: the second, with what only the first has put in its place.

Mermaid has no classes for messages, so what differs has a sign before its text and lies on a coloured ground, and a
note says what has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from mermaid_flow.render.comparison.model import Comparison, Fate, StepDifference
from mermaid_flow.render.comparison.outline import Item, Pair, PartPair, all_pairs, merged, outline
from mermaid_flow.render.comparison.text import SIGNS, changed
from mermaid_flow.render.labels import quoted_label
from mermaid_flow.render.words import counted
from mermaid_flow.syntax.sequence import SequenceDiagram

_GROUNDS = {
    Fate.ADDED: "rgba(11, 99, 184, 0.2)",
    Fate.REMOVED: "rgba(217, 72, 15, 0.2)",
    Fate.CHANGED: "rgba(200, 160, 0, 0.3)",
}
_DIVIDERS = {"alt": "else", "par": "and", "critical": "option"}
_MOST_CHANGES = 5
"""Changes of one step that are noted in the drawing."""
_LONGEST_CHANGE = 40
"""Characters of a value in a note."""


def both_sequences(found: Comparison, before: SequenceDiagram, after: SequenceDiagram) -> str:
    """Both diagrams in one, as Mermaid text: added on blue, removed on orange, changed on yellow."""
    gone = {name: participant for name, participant in before.participants.items() if name not in after.participants}
    participants = {**after.participants, **gone}
    fates = {participant.id: participant.fate for participant in found.participants}
    names = {actor: f"p{number}" for number, actor in enumerate(participants, 1)}
    lines = ["sequenceDiagram"]
    for actor, participant in participants.items():
        kind = "actor" if participant.type == "actor" else "participant"
        lines.append(f"    {kind} {names[actor]} as {_signed(participant.description or actor, fates.get(actor))}")
    drawing = _Drawing(names, {(step.id, step.fate is Fate.REMOVED): step for step in found.steps})
    lines += drawing.block(merged(outline(before), outline(after)), None, "    ")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Drawing:
    """`names` are what participants are called in the drawing; `steps` what differs, by id and whether it is gone."""

    names: Mapping[str, str]
    steps: Mapping[tuple[str, bool], StepDifference]

    def block(self, pairs: Iterable[Pair], ground: Fate | None, indent: str) -> Iterator[str]:
        """Statements on a ground, each run of statements with the same fate on one of their own."""
        for fate, group in groupby(pairs, self._ground):
            if fate is None or fate is ground:
                for pair in group:
                    yield from self._statement(pair, fate, indent)
            else:
                yield f"{indent}rect {_GROUNDS[fate]}"
                for pair in group:
                    yield from self._statement(pair, fate, indent + "    ")
                yield f"{indent}end"

    def _ground(self, pair: Pair) -> Fate | None:
        """What a statement lies on. A fragment that is in both has its changes in a note, not all of it in colour."""
        step = self._step(pair)
        return None if step is None or (step.fate is Fate.CHANGED and pair.parts) else step.fate

    def _step(self, pair: Pair) -> StepDifference | None:
        return self.steps.get((pair.item.id, pair.after is None))

    def _statement(self, pair: Pair, ground: Fate | None, indent: str) -> Iterator[str]:
        item, step = pair.item, self._step(pair)
        fate = step.fate if step else None
        if pair.parts:
            yield from self._fragment(pair, ground, indent)
            return
        if item.kind == "message":
            yield f"{indent}{self._arrow(item)}: {_signed(item.text, fate)}"
        elif item.kind == "note":
            place = "over" if item.form == "over" else f"{item.form} of"
            yield f"{indent}Note {place} {self._over(item.ends)}: {_signed(item.text, fate)}"
        else:
            yield f"{indent}Note over {self._over(item.ends)}: {_signed(f'{item.kind} {item.ends[0]}', fate)}"
        yield from self._note(step, item.ends, indent)

    def _fragment(self, pair: Pair, ground: Fate | None, indent: str) -> Iterator[str]:
        kind = "alt" if pair.item.kind == "opt" and len(pair.parts) > 1 else pair.item.kind
        step = self._step(pair)
        for number, part in enumerate(pair.parts):
            yield f"{indent}{_DIVIDERS[kind] if number else kind} {_signed(part.part.text, _fate(part))}".rstrip()
            if number == 0 and step is not None and step.changes:
                yield f"{indent}    rect {_GROUNDS[Fate.CHANGED]}"
                yield from self._note(step, self._actors(pair), indent + "        ")
                yield f"{indent}    end"
            yield from self.block(part.body, ground, indent + "    ")
        yield f"{indent}end"

    def _note(self, step: StepDifference | None, actors: Sequence[str], indent: str) -> Iterator[str]:
        """What has changed, over the participants that it is about."""
        if step is None or not step.changes:
            return
        lines = [quoted_label(changed(change, _LONGEST_CHANGE), 120) for change in step.changes[:_MOST_CHANGES]]
        more = len(step.changes) - _MOST_CHANGES
        if more > 0:
            lines.append(f"… {counted(more, 'more change')}")
        yield f"{indent}Note over {self._over(actors)}: {'<br/>'.join(lines)}"

    def _arrow(self, item: Item) -> str:
        source, target = (self.names[end] for end in item.ends)
        if "REVERSE" in item.form:
            source, target = target, source
        line = "--" if "DOTTED" in item.form else "-"
        heads = {"OPEN": ">", "CROSS": "x", "POINT": ")"}
        head = next((head for name, head in heads.items() if name in item.form), ">>")
        return f"{source}{'<<' if 'BIDIRECTIONAL' in item.form else ''}{line}{head}{target}"

    def _over(self, actors: Sequence[str]) -> str:
        """The outermost two of some participants."""
        order = list(self.names)
        places = sorted({order.index(actor) for actor in actors})
        return ",".join(self.names[order[place]] for place in (places[:1] + places[1:][-1:]))

    def _actors(self, pair: Pair) -> list[str]:
        """All participants in a fragment; where there are none, the first of all."""
        inside = [end for inner in all_pairs([pair]) for end in inner.item.ends]
        return inside or list(self.names)[:1]


def _fate(part: PartPair) -> Fate | None:
    if part.before is None or part.after is None:
        return Fate.REMOVED if part.after is None else Fate.ADDED
    return Fate.CHANGED if part.before.text != part.after.text else None


def _signed(text: str, fate: Fate | None) -> str:
    return quoted_label(f"{SIGNS[fate]} {text}" if fate else text, 120)
