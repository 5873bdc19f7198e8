from __future__ import annotations

import re

import pytest

from mermaid_flow.syntax.preprocess import prepare
from mermaid_flow.syntax.problems import Malformed, problem_at
from mermaid_flow.syntax.source import Source

PREPARED = prepare(Source("%% c\none two\n  three's\n"))
WORDS = {"A": "an apple", "B": "a bean", "C": "a carrot", "OTHER": ""}


def test_what_was_found_is_shown_with_its_place_in_the_source() -> None:
    problem = problem_at(PREPARED, PREPARED.text.index("two"))
    assert problem.message == "unexpected 'two'"
    assert problem.code == "syntax"
    assert problem.where is not None
    assert (problem.where.line, problem.where.column, problem.where.end_column) == (2, 5, 8)


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (["A"], "expected an apple"),
        (["B", "A"], "expected an apple or a bean"),
        (["C", "B", "A", "OTHER", "UNKNOWN"], "expected an apple, a bean or a carrot"),
    ],
)
def test_what_could_stand_there_is_named_in_words(expected: list[str], words: str) -> None:
    problem = problem_at(PREPARED, 0, expected=expected, words=WORDS)
    assert problem.message == f"unexpected 'one'; {words}"
    assert all(name in words for name in problem.expected)


def test_the_end_of_a_line_and_of_the_text_are_named() -> None:
    assert problem_at(PREPARED, PREPARED.text.index("\n")).message == "the line ends too early"
    end = problem_at(PREPARED, len(PREPARED.text))
    assert end.message == "the text ends too early"
    assert end.where is not None


def test_blanks_before_what_was_found_are_not_pointed_at() -> None:
    problem = problem_at(PREPARED, PREPARED.text.index("  three"))
    assert problem.where is not None
    assert (problem.message, problem.where.column) == ("unexpected 'three'", 3)


def test_the_first_known_mistake_that_fits_gives_hint_and_message() -> None:
    mistakes = (
        Malformed("not this", re.compile("two"), re.compile("zero ")),
        Malformed("write {0} with a capital letter", re.compile("tw[a-z]"), re.compile("one $"), "{0} is small {x}"),
        Malformed("not reached", re.compile("")),
    )
    problem = problem_at(PREPARED, PREPARED.text.index("two"), malformed=mistakes)
    assert problem.message == "two is small {x}"
    assert problem.hint == "write two with a capital letter"


def test_only_a_part_of_a_very_long_line_is_looked_at() -> None:
    prepared = prepare(Source("x" * 100_000))
    mistake = Malformed("seen: {0}", re.compile("x*"))
    assert len(problem_at(prepared, 50_000, malformed=[mistake]).hint) == len("seen: ") + 2_000
