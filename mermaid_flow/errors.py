"""The one error root. Whatever a user can cause ends as an `MflowError`, never as a traceback."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text: 1-based line and column; `end_*` is exclusive. `excerpt` is the source line."""

    path: str | None
    line: int
    column: int
    end_line: int
    end_column: int
    excerpt: str = ""

    def __str__(self) -> str:
        return f"{self.path or '<text>'}:{self.line}:{self.column}"

    def caret(self) -> str:
        """The source line with a caret line under it, or an empty string where the line is not known."""
        if not self.excerpt:
            return ""
        width = self.end_column - self.column if self.end_line == self.line else len(self.excerpt) - self.column + 1
        # A tab stays a tab, so that the caret stands under its character.
        indent = "".join("\t" if character == "\t" else " " for character in self.excerpt[: self.column - 1])
        return f"{self.excerpt}\n{indent}{'^' * max(1, width)}"


class MflowError(Exception):
    """What happened, where, and what to do about it.

    `code` is a stable short name for scripts (`syntax`, `inputs.missing`); `exit_code` is what the
    command line ends with: 2 for a mistake that was found before anything was changed, 1 for work that failed.
    """

    exit_code = 2

    def __init__(self, message: str, *, code: str = "error", hint: str = "", where: Location | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.where = where

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.message}" if self.where else self.message]
        if self.where and (caret := self.where.caret()):
            parts.append("\n".join("    " + line for line in caret.splitlines()))
        if self.hint:
            parts.append(f"  hint: {self.hint}")
        return "\n".join(parts)


class Problems(MflowError):
    """Several mistakes found together, so that the user can mend them in one go."""

    def __init__(self, problems: Iterable[MflowError]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} found", code="problems")

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class RunFailed(MflowError):
    """The run itself failed: something may have been changed, and the record tells what."""

    exit_code = 1


def did_you_mean(name: str, candidates: Iterable[str], *, closeness: float = 0.6) -> str:
    """A hint that names the closest candidate, or an empty string when none is close (1 is the same).

    The same words in another order are close too: `flow_logs_enabled` finds `enable_flow_logs`.
    """
    spelled: dict[str, str] = {}
    for candidate in candidates:
        spelled.setdefault(candidate.casefold(), candidate)
        spelled.setdefault(_words(candidate), candidate)
    wanted = (name.casefold(), _words(name))
    matches = (difflib.get_close_matches(text, list(spelled), n=1, cutoff=closeness) for text in wanted)
    close = [match for found in matches for match in found]
    if not close:
        return ""
    best = max(close, key=lambda match: max(difflib.SequenceMatcher(None, text, match).ratio() for text in wanted))
    return f"did you mean {spelled[best]!r}?"


def _words(name: str) -> str:
    """The words of a name in alphabetical order, without the endings that make `enable` and `enabled` differ."""
    words = _WORD.findall(name)
    return " ".join(sorted(re.sub(r"(?<=e)d$|s$", "", word.casefold()) for word in words))
