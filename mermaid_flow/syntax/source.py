"""Texts and places in them. A `Source` is one diagram's text and knows where it stands in its file."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

from mermaid_flow.errors import Location


class Span(NamedTuple):
    """Half-open range of character offsets into `Source.text`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """One diagram's text as it stands in its file (before any pre-processing).

    For a fence in Markdown, `first_line` is the file's line (1-based) of the text's first line and `indent` the
    number of columns that the fence's indentation took away from each line.
    """

    text: str
    path: str | None = None
    first_line: int = 1
    indent: int = 0
    _starts: list[int] = field(default_factory=list, repr=False, compare=False)

    def position(self, offset: int) -> tuple[int, int]:
        """1-based (line, column) in the file of a character offset into the text."""
        if not self._starts:
            self._starts.append(0)
            self._starts.extend(i + 1 for i, character in enumerate(self.text) if character == "\n")
        row = bisect_right(self._starts, offset) - 1
        return row + self.first_line, offset - self._starts[row] + 1 + self.indent

    def location(self, span: Span | tuple[int, int]) -> Location:
        """The span as a `Location` with its source line."""
        start = max(0, min(span[0], len(self.text)))
        end = max(start, min(span[1], len(self.text)))
        line, column = self.position(start)
        end_line, end_column = self.position(end)
        begin = self._starts[line - self.first_line]
        stop = self.text.find("\n", begin)
        excerpt = self.text[begin : stop if stop >= 0 else len(self.text)].rstrip("\r")
        return Location(self.path, line, column, end_line, end_column, " " * self.indent + excerpt)
