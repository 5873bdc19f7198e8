"""A comparison as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mermaid_flow.render.comparison.model import Change, Comparison, Fate, NodeDifference, StepDifference
from mermaid_flow.render.escaping import one_line, shortened

SIGNS = {Fate.ADDED: "+", Fate.REMOVED: "-", Fate.CHANGED: "~"}
_LONGEST = 120


def as_text(found: Comparison) -> str:
    """One line for each thing that differs, ready for a terminal."""
    if not found:
        return f"{one_line(found.before)} and {one_line(found.after)} are the same\n"
    sections = {title: [*_changed(changes)] for title, changes in found.sections}
    lines = [f"{one_line(found.before)} -> {one_line(found.after)}"]
    for title, inner in {"run": sections.pop("run"), **_drawn(found), **sections}.items():
        if inner:
            lines += [title, *(f"  {line}" for line in inner)]
    return "".join(f"{line}\n" for line in lines)


def changed(change: Change, most: int = _LONGEST) -> str:
    """A change in words, values shortened to `most` characters."""
    before, after = (
        "-" if value is None else shortened(one_line(value), most) for value in (change.before, change.after)
    )
    return f"{one_line(change.what)}: {before} -> {after}"


def _drawn(found: Comparison) -> Mapping[str, list[str]]:
    arrows = []
    for arrow in found.arrows:
        label = f" ({one_line(arrow.label)})" if arrow.label else ""
        arrows.append(f"{SIGNS[arrow.fate]} {one_line(arrow.start)} to {one_line(arrow.end)}{label}")
    return {
        "nodes": [*_parts(found.nodes)],
        "arrows": arrows,
        "participants": [*_parts(found.participants)],
        "steps": [*_parts(found.steps)],
    }


def _parts(parts: Sequence[NodeDifference | StepDifference]) -> Iterator[str]:
    for part in parts:
        yield f"{SIGNS[part.fate]} {one_line(part.label or part.id)}  ({one_line(part.id)})"
        yield from (f"    {line}" for line in _changed(part.changes))


def _changed(changes: Sequence[Change]) -> Iterator[str]:
    return (changed(change) for change in changes)
