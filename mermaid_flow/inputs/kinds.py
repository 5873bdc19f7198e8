"""What type a variable must have, and how to say so to a person who thinks in YAML rather than in Python."""

from __future__ import annotations

import typing
from collections.abc import Mapping

_WORDS: dict[object, str] = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a map",
    object: "anything",
}
_PLURALS: dict[object, str] = {
    str: "strings",
    int: "whole numbers",
    float: "numbers",
    bool: "true or false",
    list: "lists",
    dict: "maps",
    object: "anything",
}
_LONGEST_SHOWN = 60


def conforms(value: object, kind: object) -> bool:
    """Whether a plain value is of `kind`: a plain type, `list[X]` or `dict[str, X]`. True is no number here."""
    origin, arguments = typing.get_origin(kind) or kind, typing.get_args(kind)
    if origin is object:
        return True
    if origin is list:
        return isinstance(value, list) and all(conforms(item, kind) for kind in arguments for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(
            conforms(item, kind) for kind in arguments[1:] for item in value.values()
        )
    if origin is bool or isinstance(value, bool):
        return origin is bool and isinstance(value, bool)
    if origin is float:
        return isinstance(value, int | float)
    return isinstance(origin, type) and isinstance(value, origin)


def describe_kind(kind: object) -> str:
    """`kind` in words: `a list of strings`."""
    origin, arguments = typing.get_origin(kind) or kind, typing.get_args(kind)
    words = _WORDS.get(origin, str(getattr(origin, "__name__", origin)))
    return f"{words} of {_plural(arguments[-1])}" if arguments else words


def _plural(kind: object) -> str:
    origin, arguments = typing.get_origin(kind) or kind, typing.get_args(kind)
    words = _PLURALS.get(origin, str(getattr(origin, "__name__", origin)))
    return f"{words} of {_plural(arguments[-1])}" if arguments else words


def describe_value(value: object) -> str:
    """A plain value in words, shortened: `the string "abc"`, `a list of 3 items`. Secrets are the caller's business."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, list):
        return f"a list of {len(value)} item{'s' if len(value) != 1 else ''}"
    if isinstance(value, Mapping):
        return f"a map of {len(value)} entr{'ies' if len(value) != 1 else 'y'}"
    text = str(value)
    if not isinstance(value, str):
        return text
    return f'the string "{text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"}"'
