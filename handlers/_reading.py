"""Reads vars whose values are bounded, so that a wrong one is told with its place and with what would be right."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mermaid_flow import MflowError, Variables
from mermaid_flow.errors import did_you_mean


def number(variables: Variables, name: str, lowest: int, highest: int) -> int | None:
    """A whole number between two others, both allowed; None when the var is absent. Raises MflowError."""
    found = variables.get(name, int)
    if found is None or lowest <= found <= highest:
        return found
    raise MflowError(
        f"{name} must be between {lowest} and {highest}, not {found}",
        code="vars.range",
        where=variables.where(name),
    )


def choice(variables: Variables, name: str, allowed: Sequence[str], default: str) -> str:
    """One of the allowed texts, in letters of either case; `default` when the var is absent. Raises MflowError."""
    found = variables.get(name, str, default)
    for text in allowed:
        if text.casefold() == found.casefold():
            return text
    raise MflowError(
        f"{name} must be {' or '.join(allowed)}, not {found!r}",
        code="vars.choice",
        where=variables.where(name),
        hint=did_you_mean(found, allowed),
    )


def shaped(variables: Variables, name: str, shape: str, words: str) -> str | None:
    """A text that the regular expression `shape` takes whole; None when the var is absent. Raises MflowError.

    `words` say what it takes: the message is "… must be {words}".
    """
    found = variables.get(name, str)
    if found is None or re.fullmatch(shape, found):
        return found
    raise MflowError(f"{name} must be {words}, not {found!r}", code="vars.shape", where=variables.where(name))
