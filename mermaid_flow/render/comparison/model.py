"""A comparison as data: what is in one only, and what differs where both have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What became of a part of a diagram from the first to the second."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """A value in the first and in the second; None where it is not there."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class NodeDifference:
    """A box of a flowchart, or a participant of a sequence, that is in one only or differs."""

    id: str
    label: str
    fate: Fate
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class ArrowDifference:
    """An arrow that is in one only. `index` is its place in the diagram that has it."""

    start: str
    end: str
    label: str
    fate: Fate
    index: int


@dataclass(frozen=True, slots=True)
class StepDifference:
    """A message, fragment or note of a sequence that is in one only, or differs.

    `id` is the step's in the second diagram, of what is removed in the first: `8`, `loop2`, `note1`.
    """

    id: str
    label: str
    fate: Fate
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs. `before` and `after` name what is compared."""

    before: str
    after: str
    nodes: tuple[NodeDifference, ...] = ()
    arrows: tuple[ArrowDifference, ...] = ()
    participants: tuple[NodeDifference, ...] = ()
    steps: tuple[StepDifference, ...] = ()
    """In the order of the diagram that both are drawn as."""
    run: tuple[Change, ...] = ()
    """Outcome, diagram, target, component."""
    decisions: tuple[Change, ...] = ()
    inputs: tuple[Change, ...] = ()
    durations: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        drawn = (self.nodes, self.arrows, self.participants, self.steps)
        return any(drawn) or any(changes for _, changes in self.sections)

    @property
    def sections(self) -> tuple[tuple[str, tuple[Change, ...]], ...]:
        """What differs beside the diagram, with a title for each part."""
        return (
            ("run", self.run),
            ("decisions", self.decisions),
            ("inputs", self.inputs),
            ("durations", self.durations),
        )


def differing(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> Iterator[Change]:
    """The entries that differ, those of the second first."""
    for what in dict.fromkeys([*after, *before]):
        if before.get(what) != after.get(what):
            yield Change(what, before.get(what), after.get(what))
