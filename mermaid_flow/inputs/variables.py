"""The vars of a run: a merged tree that knows where each value was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar, overload

from mermaid_flow.errors import Location

T = TypeVar("T")


class Variables(Mapping[str, object]):
    """Read-only merged variables.

    Paths are dotted (`vpc.cidr`, `subnets.0`). Reading through `get`, `require`, `[]` or iteration marks the path as
    used, which is how unused variables are found. Values are plain Python: None, bool, int, float, str, list, dict.
    """
