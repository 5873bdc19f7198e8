"""Lines from statements: the part of formatting that is the same for every kind of diagram.

Statements come with their place in the source. What no grammar reads (front matter, directives, comments) is found
between them and stays where it was, with the indentation of its surroundings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mermaid_flow.syntax.preprocess import Prepared

STATEMENT_END = ";" + "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace())
"""What may stand behind a statement and says nothing."""

_INDENT = "    "
_FRONT_MATTER = re.compile(r"\s*---[^\S\n]*\n(?:.*\n)+?[^\S\n]*---(?=\s*?(?:\n|\Z))")
_NOT_READ = re.compile(r"%%\{.*?\}%%|%%[^\n]*", re.DOTALL)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a diagram that gets lines of its own, and its place in the source.

    `text` is how it should look, `written` how it was. `before` and `after` change the depth of what follows.
    """

    start: int
    end: int
    text: str
    written: str
    before: int = 0
    after: int = 0
    is_block: bool = False
    """Whether all lines are to be indented; the later lines of a label in quotes are not."""
    is_comment: bool = False
    """Whether it stays behind what stands before it on its line."""


def lay_out(prepared: Prepared, units: Iterable[Unit], as_written: frozenset[int] = frozenset()) -> str:
    """The text of a diagram. Units whose start is in `as_written` keep the text they had."""
    source = prepared.source.text
    lines: list[str] = []
    depth, end = 0, None
    for unit in sorted([*_unread(prepared), *units], key=lambda unit: unit.start):
        depth += unit.before
        text = unit.written if unit.start in as_written else unit.text
        between = source[end : unit.start].replace("\r", "") if end is not None else ""
        # Behind a directive, which is cut out, a comment has a line of its own.
        if unit.is_comment and lines and not between.strip(" \t") and not lines[-1].endswith("}%%"):
            lines[-1] += f" {text}"
        else:
            if _BLANK_LINE.search(between):
                lines.append("")
            first, *others = text.split("\n")
            lines.append(_INDENT * depth + first)
            lines += [_INDENT * depth + line if unit.is_block and line else line for line in others]
        depth += unit.after
        end = unit.end
    return "\n".join(lines) + "\n"


def _unread(prepared: Prepared) -> Iterator[Unit]:
    """Front matter, directives and comments: what was cut out before the grammar saw the text."""
    ends = [*prepared.starts[1:], len(prepared.text) - 1]
    begin = 0
    for start, end, shift in zip(prepared.starts, ends, prepared.shifts, strict=True):
        yield from _units_of_gap(prepared.source.text, begin, start + shift)
        begin = end + shift
    yield from _units_of_gap(prepared.source.text, begin, len(prepared.source.text))


def _units_of_gap(source: str, start: int, end: int) -> Iterator[Unit]:
    front_matter = _FRONT_MATTER.match(source, 0, end) if start == 0 else None
    if front_matter:
        yield _unread_unit(front_matter)
        start = front_matter.end()
    for found in _NOT_READ.finditer(source, start, end):
        yield _unread_unit(found)


def _unread_unit(found: re.Match[str]) -> Unit:
    text = found[0].rstrip()
    end = found.start() + len(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Unit(found.start(), end, text, text)
