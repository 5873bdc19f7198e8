"""Dotted paths into vars: `vpc.cidr`, `subnets.0`, `tags."example.com/owner"`. One reading for every place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from mermaid_flow.errors import MflowError

Keys: TypeAlias = "tuple[str | int, ...]"
"""A path taken apart: names of map entries and indexes of list items."""

_SEGMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^."]+)')
_INDEX = re.compile(r"[0-9]{1,9}")
_PLAIN = re.compile(r'[^."]+')
MISSING: Final = object()
"""Stands for "no such value", where None would be a value."""


def parse_path(path: str) -> tuple[str, ...]:
    """The segments of a dotted path. A segment in double quotes may hold dots; `\\` escapes in it.

    Raises MflowError (`inputs.path`) for an empty path, an empty segment or an open quote.
    """
    segments: list[str] = []
    position = 0
    while True:
        match = _SEGMENT.match(path, position)
        if match is None:
            raise MflowError(
                f"{path!r} is not the path of a variable", code="inputs.path", hint="write it as in vpc.cidr"
            )
        quoted, plain = match.groups()
        segments.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain)
        position = match.end()
        if position == len(path):
            return tuple(segments)
        if path[position] != ".":
            raise MflowError(
                f"{path!r} is not the path of a variable", code="inputs.path", hint="write it as in vpc.cidr"
            )
        position += 1


def format_path(keys: Keys) -> str:
    """The dotted path of `keys`; `parse_path` reads it back."""
    return ".".join(_segment(str(key)) for key in keys)


def _segment(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def resolve(tree: object, segments: tuple[str, ...]) -> Keys | None:
    """The keys that `segments` name in `tree`, or None when there is no such value.

    Segments that are digits are indexes in lists. A map entry whose name holds dots is found without quotes too.
    """
    if not segments:
        return ()
    if isinstance(tree, Mapping):
        for count in range(1, len(segments) + 1):
            name = ".".join(segments[:count])
            if name in tree and (rest := resolve(tree[name], segments[count:])) is not None:
                return (name, *rest)
        return None
    if isinstance(tree, list) and _INDEX.fullmatch(segments[0]) and (index := int(segments[0])) < len(tree):
        rest = resolve(tree[index], segments[1:])
        return None if rest is None else (index, *rest)
    return None


def lookup(tree: object, keys: Keys, missing: object = MISSING) -> object:
    """The value at `keys`, or `missing`."""
    for key in keys:
        if isinstance(tree, Mapping):
            tree = tree.get(key, MISSING)
        elif isinstance(tree, list) and isinstance(key, int) and key < len(tree):
            tree = tree[key]
        else:
            return missing
    return missing if tree is MISSING else tree
