"""Terraform's version constraints (`~> 3.0`, `>= 4.0, < 7`), judged without asking Terraform."""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

from mermaid_flow.errors import MflowError

_TERM = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*v?([0-9][^\s,]*)\s*")


def satisfies(version: str, constraint: str) -> bool:
    """Whether `version` meets every term of the constraint; an empty constraint takes any version.

    Raises MflowError (code `terraform.version`) when either cannot be read.
    """
    wanted = _parsed(version)
    return all(_meets(wanted, term, constraint) for term in constraint.split(",") if term.strip())


def _meets(version: Version, term: str, constraint: str) -> bool:
    match = _TERM.fullmatch(term)
    if match is None:
        raise MflowError(f"{constraint!r} is not a version constraint", code="terraform.version")
    operator, bound = match[1] or "=", _parsed(match[2])
    match operator:
        case "=":
            met = version == bound
        case "!=":
            met = version != bound
        case ">":
            met = version > bound
        case "<":
            met = version < bound
        case "<=":
            met = version <= bound
        case ">=":
            met = version >= bound
        case _:  # "~>": only the last part that is written may grow
            fixed = len(match[2].split("-")[0].split(".")) - 1
            met = version >= bound and _parts(version)[:fixed] == _parts(bound)[:fixed]
    return met


def _parsed(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion as error:
        raise MflowError(f"{text!r} is not a version", code="terraform.version") from error


def _parts(version: Version) -> tuple[int, ...]:
    return (*version.release, 0, 0, 0)
