"""When two values of an attribute are the same to AWS, although Terraform's state has them in two ways."""

from __future__ import annotations

import json
from typing import Any


def alike(before: object, after: object) -> bool:
    """Whether the values mean the same: what was never set is read back as empty, false or 0; JSON has many layouts.

    An attribute has one type, so that an empty text never meets a 0.
    """
    return bool(normal(before) == normal(after))


def normal(value: Any) -> Any:
    """A value in the one form that stands for all that mean the same; None for everything empty."""
    if isinstance(value, dict):
        return {name: inner for name, item in value.items() if (inner := normal(item)) is not None} or None
    if isinstance(value, list):
        return [normal(item) for item in value] or None
    if isinstance(value, str) and value.startswith("{"):
        try:
            return normal(json.loads(value))
        except ValueError:
            return value
    return value or None
