"""Errors say what happened, where, and what to do."""

from __future__ import annotations

import pytest

from mermaid_flow.errors import Location, MflowError, Problems, RunFailed, did_you_mean


def test_an_error_shows_place_excerpt_caret_and_hint() -> None:
    where = Location("a.mmd", 3, 5, 3, 8, "    end --> B")
    text = str(MflowError("`end` is a keyword", hint="write End", where=where))
    assert text.splitlines() == [
        "a.mmd:3:5: `end` is a keyword",
        "        end --> B",
        "        ^^^",
        "  hint: write End",
    ]


def test_a_caret_stands_under_its_character_after_tabs() -> None:
    assert Location(None, 1, 2, 1, 3, "\tx").caret() == "\tx\n\t^"


def test_a_span_over_lines_is_underlined_to_the_end_of_its_first_line() -> None:
    assert Location("f", 1, 3, 2, 1, "ab cd").caret().splitlines()[1] == "  ^^^"
    assert Location("f", 1, 1, 1, 1).caret() == ""
    assert str(Location(None, 2, 4, 2, 5)) == "<text>:2:4"


def test_several_problems_are_told_together() -> None:
    problems = Problems([MflowError("one"), MflowError("two")])
    assert str(problems) == "one\ntwo"
    assert problems.message == "2 problems found"
    assert Problems([MflowError("one")]).message == "1 problem found"
    assert (problems.exit_code, RunFailed("x").exit_code) == (2, 1)


@pytest.mark.parametrize(
    ("name", "candidates", "meant"),
    [
        ("CreateVCP", ["CreateVPC", "CreateIGW"], "CreateVPC"),
        ("vpc_flow_logs_enabled", ["enable_flow_logs", "vpc_cidr", "flow_log_id"], "enable_flow_logs"),
        ("flow_logs_enabled", ["enable_flow_logs"], "enable_flow_logs"),
        ("tags", ["Tags"], "Tags"),
    ],
)
def test_a_close_name_is_suggested(name: str, candidates: list[str], meant: str) -> None:
    assert did_you_mean(name, candidates) == f"did you mean {meant!r}?"


def test_nothing_is_suggested_when_nothing_is_close() -> None:
    assert did_you_mean("zebra", ["apple", "pear"]) == ""
    assert did_you_mean("x", []) == ""
