"""The commonest `validation` blocks, judged before Terraform starts: `contains([…], var.x)`.

Everything else is left to Terraform, which judges all of them before it changes anything.
"""

from __future__ import annotations

import re

from mermaid_flow.handlers.calls import Value
from mermaid_flow.terraform.module import Variable

_CONTAINS = re.compile(r'contains\(\s*\[\s*((?:"[^"\\$%]*"\s*,?\s*)+)\]\s*,\s*var\.([A-Za-z_][\w-]*)\s*\)')
_TEXT = re.compile(r'"([^"]*)"')


def allowed_values(variable: Variable) -> tuple[str, ...]:
    """The texts that a validation limits the variable to; empty when there is no such validation."""
    for validation in variable.validations:
        match = _CONTAINS.fullmatch(validation.condition.strip())
        if match and match[2] == variable.name:
            return tuple(_TEXT.findall(match[1]))
    return ()


def broken_validation(variable: Variable, value: Value) -> str | None:
    """The message of a validation that the value certainly breaks, or None."""
    if not isinstance(value, str):
        return None
    for validation in variable.validations:
        match = _CONTAINS.fullmatch(validation.condition.strip())
        if match and match[2] == variable.name and value not in _TEXT.findall(match[1]):
            return validation.error_message
    return None
