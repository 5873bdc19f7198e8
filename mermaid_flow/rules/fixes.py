"""Puts safe repairs into a text."""

from __future__ import annotations

from collections.abc import Iterable

from mermaid_flow.rules.rule import Diagnostic
from mermaid_flow.syntax.source import Span


def apply_fixes(text: str, diagnostics: Iterable[Diagnostic]) -> tuple[str, int]:
    """The text with all repairs that do not overlap, and how many findings they mend."""
    taken: list[tuple[Span, str]] = []
    mended = 0
    for diagnostic in diagnostics:
        edits = diagnostic.fix.edits if diagnostic.fix else ()
        if edits and not any(_overlap(span, other) for span, _ in edits for other, _ in taken):
            taken.extend(edits)
            mended += 1
    for span, replacement in sorted(taken, reverse=True):
        text = text[: span.start] + replacement + text[span.end :]
    return text, mended


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
