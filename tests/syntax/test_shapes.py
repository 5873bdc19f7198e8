from __future__ import annotations

import pytest

from mermaid_flow.syntax.shapes import BRACKET_SHAPES, SHAPES, short_name


@pytest.mark.parametrize(
    ("written", "short"),
    [
        (None, "rect"),
        ("diamond", "diam"),
        ("hexagon", "hex"),
        ("lean_right", "lean-r"),
        ("stadium", "stadium"),
        ("pill", "stadium"),
        ("subroutine", "fr-rect"),
        ("manual", "trap-t"),
        ("odd", "odd"),
        ("bpmn-end", "bpmn-end"),
    ],
)
def test_every_name_comes_down_to_one_short_name(written: str | None, short: str) -> None:
    assert short_name(written) == short


def test_there_are_53_short_names_and_15_undocumented_ones() -> None:
    assert len(set(SHAPES.values())) == 53 + 15


def test_the_brackets_stand_for_shapes_that_have_a_name_except_the_broken_ellipse() -> None:
    assert set(BRACKET_SHAPES.values()) - set(SHAPES.values()) == {"ellipse"}
