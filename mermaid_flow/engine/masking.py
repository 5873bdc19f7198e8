"""Secrets stay out of the record: whatever is written there first has its secrets replaced."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from mermaid_flow.errors import MflowError, Problems

MASK = "***"
_SHORTEST = 4


def masked(value: object, hidden: Collection[str]) -> object:
    """The value with every occurrence of a secret in its strings replaced.

    Secrets of fewer than four characters are ignored: replacing them would destroy ordinary text and hide nothing.
    """
    worth = sorted((secret for secret in hidden if len(secret) >= _SHORTEST), key=len, reverse=True)
    return _masked(value, worth) if worth else value


def mask_error(error: MflowError, hidden: Collection[str]) -> None:
    """Replace secrets in the message, the hint and the shown line of an error, or of each of several."""
    if isinstance(error, Problems):
        for problem in error.problems:
            mask_error(problem, hidden)
        return
    error.message, error.hint = str(masked(error.message, hidden)), str(masked(error.hint, hidden))
    error.args = (error.message,)
    if error.where is not None:
        error.where = replace(error.where, excerpt=str(masked(error.where.excerpt, hidden)))


@contextmanager
def errors_masked(hidden: Collection[str]) -> Iterator[None]:
    """Mask the errors that leave the block."""
    try:
        yield
    except MflowError as error:
        mask_error(error, hidden)
        raise


def masked_mapping(values: Mapping[str, object], hidden: Collection[str]) -> dict[str, object]:
    """`masked` for the values of a mapping."""
    return {key: masked(value, hidden) for key, value in values.items()}


def _masked(value: object, worth: list[str]) -> object:
    if isinstance(value, str):
        for secret in worth:
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, Mapping):
        return {key: _masked(item, worth) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, worth) for item in value]
    return value
