"""Types of variables."""

import pytest

from mermaid_flow.inputs.kinds import conforms, describe_kind, describe_value


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("a", str),
        (1, int),
        (1, float),
        (1.5, float),
        (False, bool),
        ([1, "a"], list),
        (["a"], list[str]),
        ([["a"]], list[list[str]]),
        ({"a": 1}, dict),
        ({"a": 1}, dict[str, int]),
        (None, object),
    ],
)
def test_a_value_of_the_type_conforms(value: object, kind: object) -> None:
    assert conforms(value, kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, str),
        (True, int),
        (True, float),
        (1, bool),
        (1.0, int),
        ("1", int),
        ([1], list[str]),
        ({"a": "b"}, dict[str, int]),
        ({}, list),
        ([], dict),
        (1, str | int),
    ],
)
def test_a_value_of_another_type_does_not(value: object, kind: object) -> None:
    assert not conforms(value, kind)


def test_types_are_described_in_words() -> None:
    assert describe_kind(str) == "a string"
    assert describe_kind(list[str]) == "a list of strings"
    assert describe_kind(dict[str, list[int]]) == "a map of lists of whole numbers"
    assert describe_kind(bytes) == "bytes"
    assert describe_kind(list[bytes]) == "a list of bytes"


def test_values_are_described_in_words_and_shortened() -> None:
    assert describe_value(None) == "null"
    assert describe_value(True) == "true"
    assert describe_value(1.5) == "the number 1.5"
    assert describe_value("x") == 'the string "x"'
    assert len(describe_value("x" * 1000)) < 80
    assert describe_value([1]) == "a list of 1 item"
    assert describe_value([]) == "a list of 0 items"
    assert describe_value({"a": 1}) == "a map of 1 entry"
    assert describe_value({}) == "a map of 0 entries"
