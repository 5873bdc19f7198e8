"""Texts and places of a sequence diagram's statements, and what is to be said about them.

Statements are read from a prepared text; every place that leaves this module is one in the source.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TypeAlias

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax._sequence_texts import ENTITY_START, readable, split_wrap
from mermaid_flow.syntax.preprocess import Prepared
from mermaid_flow.syntax.problems import SyntaxProblem
from mermaid_flow.syntax.source import Span

Match: TypeAlias = "re.Match[str]"
Text: TypeAlias = "tuple[str, bool | None, Span, Span]"
"""A statement's text, what `wrap:` says before it, the place of all of the statement, and that of the text."""

_MARKS = (ENTITY_START, "<", "&", "%%", "wrap:")
"""What makes a text mean something else than it says."""


class Reading:
    """One text being read, with the mistakes and oddities found in it."""

    def __init__(self, prepared: Prepared, text: str) -> None:
        self.prepared = prepared
        self.text = text
        self.problems: list[MflowError] = []
        self.warnings = list(prepared.warnings)
        # Most texts hold few of these or none, and then statements need not be looked through for the others.
        self.marks = tuple(mark for mark in _MARKS if mark in text)
        self.has_entities = ENTITY_START in text
        self.cut = "#" in text
        # The piece of the text that was looked at last: nothing was cut out of it, one shift leads back to the source.
        self.piece_start, self.piece_end, self.shift = 0, -1, 0

    # ---------------------------------------------------------------------------------------------------- texts

    def text_of(self, match: Match, group: int) -> Text:
        """The text in this group of a statement, without the blanks after it."""
        words = match[group].rstrip()
        first = match.start(group)
        extent, place = self.extents(match.start(), first, first + len(words))
        wrap = None
        for mark in self.marks:
            if mark in words:
                wrap, words = self.spoken(words, place)
                break
        if self.cut:
            self.warn_of_cut_text(match.end(group))
        return words, wrap, extent, place

    def spoken(self, words: str, place: Span) -> tuple[bool | None, str]:
        """What `wrap:` says before a text, and the text as people read it."""
        if "%%" in words:
            self.warn("`%%` is a part of the text here, not a comment", "", place)
        wrap, words = split_wrap(words)
        return wrap, readable(words)

    def warn_of_cut_text(self, end: int) -> None:
        """Warn when a comment begins where a text ends."""
        if self.text.startswith("#", end):
            stop = self.text.index("\n", end)
            hint = "write `#35;` for the sign, and a comment on a line of its own"
            self.warn("`#` starts a comment: the rest of this line is lost", hint, self.span(end, stop))

    # --------------------------------------------------------------------------------------------------- places

    def place(self, match: Match, group: int) -> Span:
        """Where a group stands, without the blanks after it."""
        start = match.start(group)
        return self.span(start, start + len(match[group].rstrip()))

    def extent(self, match: Match, group: int) -> Span:
        """From the start of a statement to the end of a group."""
        return self.span(match.start(), match.start(group) + len(match[group].rstrip()))

    def extents(self, start: int, first: int, last: int) -> tuple[Span, Span]:
        """The places of a statement from `start` to `last` and of its text, which begins at `first`."""
        if self.piece_start <= start and last <= self.piece_end:
            shift = self.shift
            extent = tuple.__new__(Span, (start + shift, last + shift))
            return extent, tuple.__new__(Span, (first + shift, last + shift))
        # First that of the statement: an empty text at a cut stands where its statement ends.
        return self.span(start, last), self.span(first, last)

    def span(self, start: int, end: int) -> Span:
        """The place in the source of a range of the text."""
        if start < self.piece_start or end > self.piece_end:
            starts = self.prepared.starts
            index = bisect_right(starts, start)
            self.piece_start = starts[index - 1]
            self.piece_end = starts[index] if index < len(starts) else len(self.text)
            self.shift = self.prepared.shifts[index - 1]
            if end > self.piece_end:
                return self.prepared.span(start, end)
        return Span(start + self.shift, end + self.shift)

    # ------------------------------------------------------------------------------------------------- messages

    def report(self, message: str, hint: str, span: Span) -> None:
        self.problems.append(SyntaxProblem(message, hint=hint, where=self.prepared.source.location(span)))

    def warn(self, message: str, hint: str, span: Span) -> None:
        self.warnings.append((f"{message}; {hint}" if hint else message, span))
