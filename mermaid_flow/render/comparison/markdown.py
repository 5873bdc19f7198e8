"""A comparison as Markdown: both drawn as one in a fence and what differs below it, fit for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mermaid_flow.render.comparison.model import Change, Comparison, Fate, NodeDifference, StepDifference
from mermaid_flow.render.escaping import fenced, markdown

_MOST = 100
"""Entries of a section."""
_LONGEST_DRAWING = 40_000
"""Characters. Hosts refuse comments of a little more than 60,000."""


def as_markdown(found: Comparison, drawing: str) -> str:
    """The whole text. `drawing` is both as Mermaid text."""
    names = f"{markdown(found.before)} → {markdown(found.after)}"
    if not found:
        return f"## {names}\n\nThey are the same.\n"
    parts = [f"## {names}\n"]
    if len(drawing) <= _LONGEST_DRAWING:
        parts.append(fenced(drawing, "mermaid"))
    sections = {title: [_changed(change) for change in changes] for title, changes in found.sections}
    arrows = [
        f"{arrow.fate.value} {markdown(arrow.start)} to {markdown(arrow.end)} {markdown(arrow.label)}".rstrip()
        for arrow in found.arrows
    ]
    drawn = {
        "nodes": list(_parts(found.nodes)),
        "arrows": arrows,
        "participants": list(_parts(found.participants)),
        "steps": list(_parts(found.steps)),
    }
    for title, lines in {"run": sections.pop("run"), **drawn, **sections}.items():
        if lines:
            parts.append(_section(title, lines))
    return "\n".join(parts)


def _section(title: str, lines: Sequence[str]) -> str:
    more = len(lines) - _MOST
    rest = [f"… and {more} more"] if more > 0 else []
    return f"### {title.capitalize()}\n\n" + "".join(f"* {line}\n" for line in [*lines[:_MOST], *rest])


def _parts(parts: Sequence[NodeDifference | StepDifference]) -> Iterator[str]:
    for part in parts:
        changes = "; ".join(map(_changed, part.changes))
        said = f"{part.fate.value} {markdown(part.label or part.id)}"
        yield f"{said}: {changes}" if part.fate is Fate.CHANGED else said


def _changed(change: Change) -> str:
    before, after = ("–" if value is None else markdown(value, 120) for value in (change.before, change.after))
    return f"{markdown(change.what)} {before} → {after}"
