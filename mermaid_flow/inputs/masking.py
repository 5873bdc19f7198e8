"""Which vars are secrets. What is recorded and shown passes through here first."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Final

from mermaid_flow.inputs.paths import Keys

MASK: Final = "***"

_SECRET_WORDS = frozenset(
    {
        "password",
        "passwords",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "secrets",
        "token",
        "tokens",
        "credential",
        "credentials",
        "apikey",
    }
)
_SECRET_PAIRS = frozenset(
    {("private", "key"), ("api", "key"), ("access", "key"), ("auth", "key"), ("encryption", "key")}
)
# `secret_name` or `token_validity_days` describe a secret and are none: people need them in the record.
_DESCRIPTIONS = frozenset(
    {
        "name",
        "names",
        "arn",
        "arns",
        "id",
        "ids",
        "length",
        "type",
        "ttl",
        "days",
        "hours",
        "minutes",
        "seconds",
        "version",
        "policy",
        "path",
        "paths",
        "count",
    }
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name holds a secret: `db_password`, `apiToken`, but not `secret_name`."""
    words = [word.casefold() for word in _WORD.findall(name)]
    if not words or words[-1] in _DESCRIPTIONS:
        return False
    return not _SECRET_WORDS.isdisjoint(words) or any(pair in _SECRET_PAIRS for pair in itertools.pairwise(words))


def masked(tree: Mapping[str, object], paths: frozenset[Keys]) -> dict[str, object]:
    """A copy of `tree` in which texts and numbers that are secret are `***`. True, false and null stay."""
    return {key: _masked(value, (key,), is_secret_name(key), paths) for key, value in tree.items()}


def _masked(value: object, keys: Keys, secret: bool, paths: frozenset[Keys]) -> object:
    secret = secret or keys in paths
    if isinstance(value, Mapping):
        return {key: _masked(item, (*keys, key), secret or is_secret_name(key), paths) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, (*keys, index), secret, paths) for index, item in enumerate(value)]
    if value is None or isinstance(value, bool):
        return value
    # What is no plain value (an output that is not known yet) is recorded by its words.
    return MASK if secret else value if isinstance(value, int | float | str) else str(value)


def secrets_in(tree: Mapping[str, object], paths: frozenset[Keys]) -> frozenset[str]:
    """The texts that `masked` hides, without empty ones."""
    return frozenset(str(value) for value in _hidden(tree, masked(tree, paths)) if value != "")


def _hidden(value: object, shown: object) -> Iterator[object]:
    if isinstance(value, Mapping) and isinstance(shown, Mapping):
        for key in value:
            yield from _hidden(value[key], shown[key])
    elif isinstance(value, list) and isinstance(shown, list):
        for item, shown_item in zip(value, shown, strict=True):
            yield from _hidden(item, shown_item)
    elif shown == MASK and value != MASK:
        yield value
