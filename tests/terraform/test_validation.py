from __future__ import annotations

import pytest

from mermaid_flow.handlers.calls import Reference, Value
from mermaid_flow.terraform.module import Place, Validation, Variable
from mermaid_flow.terraform.validation import broken_validation

PLACE = Place("variables.tf", 1, 1, "")


@pytest.mark.parametrize(
    ("condition", "value", "broken"),
    [
        ('contains(["a", "b"], var.x)', "a", False),
        ('contains(["a", "b"], var.x)', "c", True),
        ('contains(["a", "b",], var.x)', "c", True),
        ('contains(["a", "b"], var.x)', Reference("m", "o"), False),
        ('contains(["1"], var.x)', 2, False),
        ('contains(["a"], var.other)', "c", False),
        ('contains(["${var.y}"], var.x)', "c", False),
        ("length(var.x) > 3", "c", False),
        ('var.x == null || contains(["a"], var.x)', "c", False),
    ],
)
def test_only_what_is_certain_is_judged(condition: str, value: Value, broken: bool) -> None:
    variable = Variable("x", PLACE, validations=(Validation("true", "never"), Validation(condition, "Not so.")))
    assert broken_validation(variable, value) == ("Not so." if broken else None)
