"""JSON with places."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.errors import MflowError
from mermaid_flow.inputs.json_reader import load_json

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(plain, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_values_are_pythons_and_places_are_where_they_stand(
    value: object, indent: int | str | None, escaped: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escaped)
    document = load_json(text, "f.json")
    assert document.value == value
    lines = text.split("\n")
    for keys, marks in document.marks.items():
        mark = marks.value
        if mark.line == mark.end_line:
            part: object = value
            for key in keys:
                part = part[key]  # type: ignore[index]  # a map or a list, as `keys` says
            assert json.loads(lines[mark.line][mark.column : mark.end_column]) == part


def test_an_entry_is_found_with_its_name() -> None:
    document = load_json('{\n\t"vars": {"azs": ["a", {"b": 1}]},\r\n "x": null}', "f.json")
    assert str(document.where(("vars", "azs"), "key")) == "f.json:2:11"
    assert str(document.where(("vars", "azs", 1, "b"))) == "f.json:2:30"
    assert str(document.where(("x",))) == "f.json:3:7"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,\n "b": x}', "f.json:2:7: not valid JSON: expecting value"),
        ("", "f.json:1:1: not valid JSON"),
        ('{"a": 1, "a": 2}', "f.json:1:10: 'a' is given twice"),
        ('{"a": NaN}', "NaN is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 200 + "]" * 200, "nested more than 100 levels deep"),
        ("9" * 5000, "cannot read f.json"),
    ],
)
def test_what_is_not_json_is_shown_with_its_place(text: str, message: str) -> None:
    with pytest.raises(MflowError) as caught:
        load_json(text, "f.json")
    assert message in str(caught.value)
    assert caught.value.code == "inputs.json"
