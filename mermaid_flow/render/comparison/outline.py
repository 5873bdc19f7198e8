"""Two sequence diagrams laid beside each other: which statement of the second is which of the first.

Statements of a sequence have no names that outlive an insertion, so they are found again by what they say. An outline
is what a diagram says without where it stands: two items are equal when they, and all in them, say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TypeVar

from mermaid_flow.syntax.sequence import Fragment, Lifecycle, Message, Note, SequenceDiagram, Statement

Alike = TypeVar("Alike")

_ENOUGH = 1.0
"""How alike two statements have to be to count as one that changed."""
_MOST_PAIRS = 4_000_000
"""Of what differs in one stretch; where there would be more, none of it counts as changed."""
_ALTERNATIVES = frozenset({"alt", "opt"})


@dataclass(frozen=True, slots=True)
class Item:
    """A message, note, `create`, `destroy` or fragment. `kind` is which; of a fragment what begins it: `alt`."""

    kind: str
    text: str = ""
    ends: tuple[str, ...] = ()
    """The sender and the receiver of a message; whom a note is over, or who comes or goes."""
    form: str = ""
    """Mermaid's name of a message's arrow, or where a note stands."""
    parts: tuple[Part, ...] = ()
    id: str = field(default="", compare=False)
    """What the executable model calls the step; notes, which it does not have, are counted as well."""


@dataclass(frozen=True, slots=True)
class Part:
    """A branch of a fragment."""

    text: str
    body: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """An item as it was and as it is; one of them is None when it is in one diagram only."""

    before: Item | None
    after: Item | None
    parts: tuple[PartPair, ...] = ()

    @property
    def item(self) -> Item:
        """The newer one."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - a pair has at least one
        return found


@dataclass(frozen=True, slots=True)
class PartPair:
    """A branch as it was and as it is, with the pairs of its statements."""

    before: Part | None
    after: Part | None
    body: tuple[Pair, ...]

    @property
    def part(self) -> Part:
        """The newer one."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - a pair has at least one
        return found


def outline(diagram: SequenceDiagram) -> tuple[Item, ...]:
    """What a diagram says, without colours, numbers and activations, which mean nothing to a run."""
    return tuple(_items(diagram.body, Counter()))


def merged(before: Sequence[Item], after: Sequence[Item]) -> tuple[Pair, ...]:
    """Both outlines as one, in the order of the second; what only the first has stands before what took its place."""
    return tuple(Pair(old, new, _merged_parts(old, new)) for old, new in _aligned(before, after, _item_likeness))


def all_pairs(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The pairs and all in them, the outer before the inner."""
    for pair in pairs:
        yield pair
        for part in pair.parts:
            yield from all_pairs(part.body)


def _items(statements: Iterable[Statement], counts: Counter[str]) -> Iterator[Item]:
    """Steps are numbered as the executable model numbers them."""

    def number(kind: str) -> str:
        counts[kind] += 1
        return f"{kind}{counts[kind]}"

    for statement in statements:
        match statement:
            case Message(source, target, text, arrow):
                form = f"{arrow} {statement.central}".rstrip()
                yield Item("message", _line(text), (source, target), form, id=number(""))
            case Note(placement, actors, text):
                yield Item("note", _line(text), actors, placement, id=number("note"))
            case Lifecycle(actor, creates):
                kind = "create" if creates else "destroy"
                yield Item(kind, ends=(actor,), id=number(kind))
            case Fragment(kind="rect"):
                yield from _items(statement.branches[0].body, counts)
            case Fragment():
                kind = "par" if statement.kind == "par_over" else statement.kind
                step = number(kind)
                parts = [Part(_line(branch.text), tuple(_items(branch.body, counts))) for branch in statement.branches]
                yield Item(kind, parts=tuple(parts), id=step)
            case _:
                pass


def _line(text: str) -> str:
    return " ".join(text.split())


def _merged_parts(before: Item | None, after: Item | None) -> tuple[PartPair, ...]:
    old, new = (item.parts if item else () for item in (before, after))
    # What is tried in a `critical`, and the only branch of a loop, is itself whatever it says.
    heads = 1 if before and after and (len(old) == len(new) == 1 or after.kind == "critical") else 0
    pairs = [*zip(old[:heads], new[:heads], strict=True), *_aligned(old[heads:], new[heads:], _part_likeness)]
    return tuple(
        PartPair(first, second, merged(first.body if first else (), second.body if second else ()))
        for first, second in pairs
    )


def _aligned(
    before: Sequence[Alike], after: Sequence[Alike], likeness: Callable[[Alike, Alike], float]
) -> Iterator[tuple[Alike | None, Alike | None]]:
    """Equal ones beside each other, and between them those that are alike enough; the order stays."""
    for tag, old, old_end, new, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from zip(before[old:old_end], after[new:new_end], strict=True)
        elif (old_end - old) * (new_end - new) > _MOST_PAIRS:
            yield from ((one, None) for one in before[old:old_end])
            yield from ((None, one) for one in after[new:new_end])
        else:
            yield from _paired(before[old:old_end], after[new:new_end], likeness)


def _paired(
    before: Sequence[Alike], after: Sequence[Alike], likeness: Callable[[Alike, Alike], float]
) -> Iterator[tuple[Alike | None, Alike | None]]:
    """The pairing with the greatest likeness altogether, among those that cross nowhere."""
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    found = [[likeness(old, new) for new in after] for old in before]
    for old in reversed(range(len(before))):
        for new in reversed(range(len(after))):
            both = best[old + 1][new + 1] + found[old][new] if found[old][new] >= _ENOUGH else 0.0
            best[old][new] = max(both, best[old + 1][new], best[old][new + 1])
    old = new = 0
    while old < len(before) or new < len(after):
        here = best[old][new]
        if old < len(before) and here == best[old + 1][new]:
            yield before[old], None
            old += 1
        elif new < len(after) and here == best[old][new + 1]:
            yield None, after[new]
            new += 1
        else:
            yield before[old], after[new]
            old, new = old + 1, new + 1


def _item_likeness(before: Item, after: Item) -> float:
    if before.kind != after.kind and not {before.kind, after.kind} <= _ALTERNATIVES:
        return 0.0
    if before.parts or after.parts:
        whole = [Part(" ".join(part.text for part in item.parts), _inner(item)) for item in (before, after)]
        return _part_likeness(*whole)
    return 1.5 * _common_words(before.text, after.text) + 0.6 * (before.ends == after.ends)


def _part_likeness(before: Part, after: Part) -> float:
    common = (Counter(before.body) & Counter(after.body)).total()
    both = len(before.body) + len(after.body)
    return 2 * _common_words(before.text, after.text) + (4 * common / both if both else 0.0)


def _inner(item: Item) -> tuple[Item, ...]:
    return tuple(inner for part in item.parts for inner in part.body)


def _common_words(before: str, after: str) -> float:
    """How much of two texts is the same, from 0 to 1."""
    first, second = _words(before), _words(after)
    both = len(first) + len(second)
    return 2 * len(first & second) / both if both else 0.0


@lru_cache(maxsize=10_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())
