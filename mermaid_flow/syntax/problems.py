"""From a parser's failure to a message that helps: what was found, what could stand there, and what was probably meant.

A grammar brings two small tables: `words`, the terminals in human words, and `malformed`, the mistakes people make,
each recognised by a pattern over the text before and after the place where the parser stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mermaid_flow.errors import Location, MflowError
from mermaid_flow.syntax.preprocess import Prepared

if TYPE_CHECKING:
    from lark.exceptions import UnexpectedInput

_FOUND = re.compile(r"\w+|[^\w\s]+")
_LONGEST_FOUND = 30
_LONGEST_LINE = 2_000


class SyntaxProblem(MflowError):
    """A text that is not in the language. `expected` names what could stand at the place instead."""

    def __init__(
        self, message: str, *, hint: str = "", where: Location | None = None, expected: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, code="syntax", hint=hint, where=where)
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Malformed:
    """A known mistake: `before` must match up to the place where the parser stopped, `after` from there on.

    Both see one line only. `message` replaces the general one; it and the hint may hold `{0}` for what `after` matched.
    """

    hint: str
    after: re.Pattern[str]
    before: re.Pattern[str] | None = None
    message: str = ""


def problem_at(
    prepared: Prepared,
    position: int,
    *,
    expected: Iterable[str] = (),
    words: Mapping[str, str] | None = None,
    malformed: Sequence[Malformed] = (),
) -> SyntaxProblem:
    """The problem for a parser that stopped at `position` of the prepared text and would have taken `expected`.

    Terminals that `words` leaves out are not named. The first of `malformed` that fits gives the hint.
    """
    text = prepared.text
    line_start = max(text.rfind("\n", 0, position) + 1, position - _LONGEST_LINE)
    line_end = text.find("\n", position, position + _LONGEST_LINE)
    before = text[line_start:position]
    after = text[position : line_end if line_end >= 0 else position + _LONGEST_LINE]
    found = _FOUND.match(after.lstrip())
    start = position + len(after) - len(after.lstrip())
    shown = found[0][:_LONGEST_FOUND] if found else ""
    where = prepared.source.location(prepared.span(start, start + len(shown)))
    names = tuple(dict.fromkeys(name for key in sorted(expected) if (name := (words or {}).get(key, ""))))
    if shown:
        message = f"unexpected {shown!r}" if "'" in shown else f"unexpected '{shown}'"
    else:
        message = "the text ends too early" if not text[position:].strip() else "the line ends too early"
    if names:
        message += f"; expected {_enumerate(names)}"
    for mistake in malformed:
        match = mistake.after.match(after)
        if match and (mistake.before is None or mistake.before.search(before)):
            message = mistake.message.replace("{0}", match[0].strip()) if mistake.message else message
            return SyntaxProblem(
                message, hint=mistake.hint.replace("{0}", match[0].strip()), where=where, expected=names
            )
    return SyntaxProblem(message, where=where, expected=names)


def problem_from_lark(
    error: UnexpectedInput, prepared: Prepared, words: Mapping[str, str], malformed: Sequence[Malformed]
) -> SyntaxProblem:
    """The problem for a failure of one of our lark parsers on `prepared.text`."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken  # noqa: PLC0415 - loaded by whoever got the error

    position = error.pos_in_stream
    if position is None:
        position = len(prepared.text)
    expected: Iterable[str] = ()
    if isinstance(error, UnexpectedToken):
        expected = error.expected
        if error.token.type == "$END":
            position = len(prepared.text)
    elif isinstance(error, UnexpectedCharacters):
        expected = error.allowed or ()
    return problem_at(prepared, position, expected=expected, words=words, malformed=malformed)


def _enumerate(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
