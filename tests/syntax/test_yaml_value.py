from __future__ import annotations

import math

import pytest

from mermaid_flow.syntax.yaml_value import YamlProblem, read_data, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("2026-01-01", "2026-01-01"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("'true'", "true"),
        ('"5"', "5"),
        ("12", 12),
        ("-7", -7),
        ("0x1f", 31),
        ("-0b11", -3),
        ("0o17", 15),
        ("1.5", 1.5),
        (".5e1", 5.0),
        ("-.5", "-.5"),
        ("-.inf", -math.inf),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("!!int '5'", "5"),
        ("9" * 101, "9" * 101),
        ("[a, 1, [b]]", ["a", 1, ["b"]]),
        ("{a: 1, b: {c: }}", {"a": 1, "b": {"c": None}}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("a: &b [1]\nc: *b", {"a": [1], "c": [1]}),
        ("", None),
    ],
)
def test_values_are_read_by_the_json_schema(text: str, value: object) -> None:
    assert read_yaml(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" a: b, c: 1 ", {"a": "b", "c": 1}),
        ("\na: b\nc: 1\n", {"a": "b", "c": 1}),
        ("", {}),
        ("\n\n", None),
        # Newer than the YAML that libyaml reads.
        (": x, a: b", {"null": "x", "a": "b"}),
        ("a: b, :c: 'd'", {"a": "b", ":c": "d"}),
        (":a  b, c: 'd:e'", {":a  b": None, "c": "d:e"}),
        ("a:, b", {"a": None, "b": None}),
        ('a: ?x y, b: ":"', {"a": "?x y", "b": ":"}),
        ('a: [:x, "y"], : z', {"a": [":x", "y"], "null": "z"}),
    ],
)
def test_data_is_a_flow_mapping_on_one_line_and_a_block_mapping_on_several(text: str, value: object) -> None:
    assert read_data(text) == value


@pytest.mark.parametrize("text", ["a: ?", "a: : b", 'a: "b" c', ", a: b", "\n: x\n", ": a: b"])
def test_data_that_is_no_yaml_is_reported(text: str) -> None:
    with pytest.raises(YamlProblem):
        read_data(text)


def test_not_a_number_is_a_number() -> None:
    value = read_yaml(".nan")
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a: 1\na: 2", "twice", 1, 0),
        ("a: [1", "expected", 1, 0),
        ("{[a]: b}", "plain word", 0, 1),
        ("&a [*a]", "too much", 0, 0),
        ("a: !b c", "the tag !b is not known", 0, 3),
        ("!b a: c", "the tag !b is not known", 0, 0),
        ("a: !!set {b}", "set is not known", 0, 3),
        ("[" * 60 + "]" * 60, "too much", 0, 51),
        ("[" * 5_000, "depth", 0, 1000),
        ("a: 1\n---\nb: 2", "another document", 1, 0),
        ("a\x01", "control characters", 0, 0),
        ('"\ud800"', "half of a character", 0, 0),
    ],
)
def test_what_is_wrong_is_reported_with_its_place(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(YamlProblem, match=message) as caught:
        read_yaml(text)
    assert caught.value.line == line
    assert abs(caught.value.column - column) <= 1


def test_a_few_lines_of_aliases_cannot_stand_for_billions_of_values() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    with pytest.raises(YamlProblem, match="too much"):
        read_yaml("\n".join(lines))
