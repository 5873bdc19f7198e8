"""Dotted paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.errors import MflowError
from mermaid_flow.inputs.paths import MISSING, format_path, lookup, parse_path, resolve

TREE = {"vpc": {"azs": ["a", "b"], "cidr": None}, "tags": {"example.com/owner": "me", "example": {"x": 1}}}


@given(st.lists(st.text(min_size=0, max_size=12), min_size=1, max_size=5))
def test_a_path_reads_back_as_it_was_written(segments: list[str]) -> None:
    assert parse_path(format_path(tuple(segments))) == tuple(segments)


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", '"a', 'a"b', '"a"b'])
def test_a_path_that_is_none_is_an_error(path: str) -> None:
    with pytest.raises(MflowError) as caught:
        parse_path(path)
    assert caught.value.code == "inputs.path"


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("vpc.azs.1", ("vpc", "azs", 1)),
        ("vpc.azs.2", None),
        ("vpc.azs.x", None),
        ("vpc.azs." + "9" * 5000, None),
        ("vpc.cidr", ("vpc", "cidr")),
        ("vpc.cidr.x", None),
        ("vpc.azs.0.x", None),
        ("tags.example.com/owner", ("tags", "example.com/owner")),
        ('tags."example.com/owner"', ("tags", "example.com/owner")),
        ("tags.example.x", ("tags", "example", "x")),
        ("nothing", None),
    ],
)
def test_a_path_finds_entries_and_items(path: str, keys: object) -> None:
    assert resolve(TREE, parse_path(path)) == keys


def test_looking_up_tells_null_from_nothing() -> None:
    assert lookup(TREE, ("vpc", "cidr")) is None
    assert lookup(TREE, ("vpc", "id")) is MISSING
    assert lookup(TREE, ("vpc", "azs", 5), None) is None
    assert lookup(TREE, ("vpc", "azs", "0")) is MISSING
