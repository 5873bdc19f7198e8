from __future__ import annotations

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import Reference, Value
from mermaid_flow.terraform.types import Attribute, Collection, Misfit, Object, Primitive, misfits, parse_type


def found(value: Value, text: str) -> list[tuple[str, str]]:
    return [(misfit.path, misfit.problem) for misfit in misfits(value, parse_type(text))]


def test_nested_types_are_read() -> None:
    text = """map(object({
      cidr = string # the range
      az   = optional(string, "a, }")
      tags : optional(map(string), { a = [1, (2)] }),
    }))"""
    string = Primitive("string")
    wanted = Object(
        {
            "cidr": Attribute(string),
            "az": Attribute(string, optional=True),
            "tags": Attribute(Collection("map", string), optional=True),
        }
    )
    assert parse_type(text) == Collection("map", wanted)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("list", "list(any)"),
        ("set(number)", "set(number)"),
        ("tuple([string, bool])", "tuple([string, bool])"),
        ("tuple([])", "tuple([])"),
        ("object({ a = string })", "object({a})"),
        ("any", "any"),
    ],
)
def test_types_are_shown_as_terraform_writes_them(text: str, shown: str) -> None:
    assert str(parse_type(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "strin",
        "list(string",
        "map()",
        "object({a})",
        "string string",
        "",
        "object({a = optional(string, [)})",
        "list(§)",
    ],
)
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(MflowError) as caught:
        parse_type(text)
    assert caught.value.code == "terraform.type"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "string"),
        (1, "string"),
        (True, "string"),
        ("-1.5e3", "number"),
        ("true", "bool"),
        (["a"], "set(string)"),
        (("a", 1), "tuple([string, number])"),
        ({"a": 1}, "map(number)"),
        ({"a": [None, {}]}, "any"),
        (Reference("a", "b"), "object({x = string})"),
        ([Reference("a", "b"), None], "list(bool)"),
        ({"a": "x"}, "object({a = string, b = optional(number, 1)})"),
    ],
)
def test_what_terraform_would_convert_fits(value: Value, text: str) -> None:
    assert found(value, text) == []


@pytest.mark.parametrize(
    ("value", "text", "path", "problem"),
    [
        ([], "string", "", "expected string, got a list of 0"),
        ("x", "number", "", "expected number, got a text"),
        (True, "number", "", "expected number, got a bool"),
        (1, "bool", "", "expected bool, got a number"),
        ("yes", "bool", "", "expected bool, got a text"),
        ("abc", "list(string)", "", "expected list(string), got a text"),
        ({"a": 1}, "list(any)", "", "expected list(any), got a map"),
        (["a", {}], "list(string)", "[1]", "expected string, got a map"),
        ({"a b": []}, "map(string)", '["a b"]', "expected string, got a list of 0"),
        ([1], "map(string)", "", "expected map(string), got a list of 1"),
        ([1], "tuple([number, number])", "", "expected tuple([number, number]), got a list of 1"),
        ([1, "x"], "tuple([number, number])", "[1]", "expected number, got a text"),
        ("x", "object({a = string})", "", "expected object({a}), got a text"),
        ({}, "object({a = string})", "", "the attribute 'a' (string) is missing"),
        ({"s": [{"n": "x"}]}, "object({s = list(object({n = number}))})", ".s[0].n", "expected number, got a text"),
        (b"x", "string", "", "expected string, got something of the type bytes"),
    ],
)
def test_a_misfit_is_named_with_its_path(value: Value, text: str, path: str, problem: str) -> None:
    assert found(value, text) == [(path, problem)]


def test_an_unknown_attribute_is_probably_misspelt() -> None:
    wanted = parse_type("object({protocol = optional(string)})")
    hint = "did you mean 'protocol'?"
    assert list(misfits({"protcol": "tcp"}, wanted)) == [Misfit("", "there is no attribute 'protcol'", hint)]
