"""Outputs that are not known yet, and what only Atmos can read."""

import json
from pathlib import Path

import pytest

from mermaid_flow.errors import Location, MflowError, Problems
from mermaid_flow.inputs.late import LateBound, Unread, bind, late_values, read_output, unread_values
from mermaid_flow.inputs.layers import load_inputs
from mermaid_flow.inputs.variables import Variables

HERE = Location("f.yaml", 1, 1, 1, 2)


@pytest.mark.parametrize(
    ("text", "component", "stack", "output", "path"),
    [
        ("vpc vpc_id", "vpc", None, "vpc_id", ()),
        ("vpc/main  acme-dev   vpc_id", "vpc/main", "acme-dev", "vpc_id", ()),
        ("vpc .subnet_ids[1]", "vpc", None, "subnet_ids", (1,)),
        ('"vpc" ".map.key-1[0].x"', "vpc", None, "map", ("key-1", 0, "x")),
    ],
)
def test_an_output_is_named_by_component_stack_and_path(
    text: str, component: str, stack: str | None, output: str, path: tuple[str | int, ...]
) -> None:
    assert read_output(text, HERE) == LateBound(component, output, path, stack, HERE)


@pytest.mark.parametrize(
    "value", ["", "vpc", "a b c d", "vpc '.a // 1'", 'vpc ".a // ""x"""', "vpc .a[x]", ["vpc", "id"]]
)
def test_other_expressions_are_left_to_atmos(value: object) -> None:
    assert isinstance(read_output(value, HERE), Unread)


def test_outputs_are_put_in_when_they_are_known() -> None:
    late = LateBound("vpc", "ids", (0,))
    other = LateBound("eks", "name")
    variables = Variables.of({"a": late, "b": [{"c": other}], "d": 1})
    assert late_values(variables) == {"a": late, "b.0.c": other}
    bound = bind(variables, lambda value: "subnet-1" if value == late else value)
    assert bound.to_plain() == {"a": "subnet-1", "b": [{"c": other}], "d": 1}
    assert bound["d"] == 1
    assert variables.used() == {"d"}


def test_a_record_shows_what_is_not_known_in_words() -> None:
    variables = Variables.of({"a": LateBound("vpc", "ids", (0,)), "token": LateBound("x", "y")})
    assert variables.mask() == {"a": "(known after apply: vpc ids.0)", "token": "***"}


def test_nothing_is_left_unread_in_plain_values() -> None:
    assert unread_values(Variables.of({"a": {}, "b": ["x", {}], "c": "{ not a template }"})) == []
    assert unread_values(Variables()) == []


def test_the_json_of_atmos_may_hold_references_to_outputs(tmp_path: Path) -> None:
    described = {
        "atmos_component": "eks/main",
        "vars": {
            "ids": ["!terraform.state vpc/main .ids"],
            "note": "!important",
            "nested": {"a": "!terraform.output vpc id"},
        },
    }
    (tmp_path / "eks.json").write_text(json.dumps(described))
    variables = load_inputs([tmp_path / "eks.json"]).variables
    found = late_values(variables)
    assert {path: (value.component, value.output) for path, value in found.items()} == {
        "ids.0": ("vpc/main", "ids"),
        "nested.a": ("vpc", "id"),
    }
    assert variables["note"] == "!important"


def test_what_atmos_left_in_its_json_is_an_error_with_its_place(tmp_path: Path) -> None:
    described = {"component": "eks", "vars": {"a": "{{ .vars.b }}", "b": "!store ssm x", "c": "!terraform.output x"}}
    (tmp_path / "eks.json").write_text(json.dumps(described, indent=1))
    with pytest.raises(Problems) as caught:
        load_inputs([tmp_path / "eks.json"])
    assert [problem.where and problem.where.line for problem in caught.value.problems] == [4, 5, 6]


def test_a_template_in_an_ordinary_vars_file_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "vars.yaml").write_text("greeting: 'Hello {{ name }}'\n")
    assert load_inputs([tmp_path / "vars.yaml"]).variables["greeting"] == "Hello {{ name }}"
    (tmp_path / "vars.yaml").write_text("id: !terraform.output vpc id\n")
    with pytest.raises(MflowError, match="unknown tag"):
        load_inputs([tmp_path / "vars.yaml"])
