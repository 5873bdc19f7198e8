"""Secrets stay out of the record: whatever is written there first has its secrets replaced."""

from __future__ import annotations

from collections.abc import Collection, Mapping

MASK = "***"
_SHORTEST = 4


def masked(value: object, hidden: Collection[str]) -> object:
    """The value with every occurrence of a secret in its strings replaced.

    Secrets of fewer than four characters are ignored: replacing them would destroy ordinary text and hide nothing.
    """
    worth = sorted((secret for secret in hidden if len(secret) >= _SHORTEST), key=len, reverse=True)
    return _masked(value, worth) if worth else value


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
