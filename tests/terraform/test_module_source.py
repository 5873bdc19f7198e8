from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform.module import Definition, Place, Requirement, Validation
from mermaid_flow.terraform.module_source import read_definition
from mermaid_flow.terraform.types import Primitive


def read(text: str) -> Definition:
    return read_definition(Path("/library/m"), {"main.tf": text})


def test_a_variable_is_read_with_everything_it_says() -> None:
    variable = read(
        """
variable "size" {
  type        = number
  description = "How \\"large\\" it is: $${x}."
  default     = -1.5e3
  nullable    = false
  sensitive   = true
  validation {
    condition     = var.size < 3 && can(regex("^[0-9]+$", var.size))
    error_message = "Too large."
  }
}
"""
    ).variables["size"]
    assert variable.type == Primitive("number")
    assert variable.description == 'How "large" it is: ${x}.'
    assert (variable.default, variable.has_default) == (-1500.0, True)
    assert (variable.nullable, variable.sensitive) == (False, True)
    assert variable.validations == (Validation('var.size < 3 && can(regex("^[0-9]+$", var.size))', "Too large."),)
    assert variable.place == Place("main.tf", 2, 1, 'variable "size" {')


def test_what_a_variable_does_not_say_has_terraforms_defaults() -> None:
    variable = read('variable "x" {}\n').variables["x"]
    assert str(variable.type) == "any"
    assert (variable.default, variable.has_default, variable.nullable, variable.sensitive) == (None, False, True, False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("true", True),
        ("-7", -7),
        ('"a%%{b}"', "a%{b}"),
        ('{ "a b" = [1, "x"], c = {} }', {"a b": [1, "x"], "c": {}}),
        ("<<-EOT\n    Long\n      text\n  EOT\n", "Long\n  text"),
        ("pi()", "pi()"),
    ],
)
def test_defaults_are_read_as_python_values(text: str, value: object) -> None:
    assert read(f'variable "x" {{\n  default = {text}\n}}\n').variables["x"].default == value


def test_the_old_quoted_types_are_understood() -> None:
    assert str(read('variable "x" {\n  type = "string"\n}\n').variables["x"].type) == "string"


def test_outputs_providers_and_called_modules_are_read() -> None:
    definition = read(
        """
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws   = { source = "hashicorp/aws", version = ">= 3.39, < 7.0" }
    other = { version = "1.0" }
    old   = "~> 2.0"
  }
}
output "id" {
  description = "The id."
  value       = module.inner.id
  sensitive   = true
}
module "inner" { source = "../inner" }
module "far" { source = "registry/x/y" }
resource "terraform_data" "variable" {}
"""
    )
    assert definition.required_providers == {
        "aws": Requirement("hashicorp/aws", ">= 3.39, < 7.0"),
        "other": Requirement("hashicorp/other", "1.0"),
        "old": Requirement("hashicorp/old", "~> 2.0"),
    }
    assert (definition.outputs["id"].description, definition.outputs["id"].sensitive) == ("The id.", True)
    assert definition.calls == ("../inner",)


def test_a_file_of_resources_only_is_not_parsed() -> None:
    assert read('resource "x" "y" { this is not HCL') == Definition()


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [('variable "x" {\n  a = [\n}', 3, 1), ('variable "x" { ~ }\n', 1, 16), ("variable", 1, 9)],
)
def test_what_is_not_hcl_is_shown_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(MflowError) as caught:
        read(text)
    where = caught.value.where
    assert where is not None
    assert (where.path, where.line, where.column) == ("/library/m/main.tf", line, column)
    assert where.excerpt == text.splitlines()[line - 1]


def test_a_block_that_the_parser_chokes_on_is_named() -> None:
    with pytest.raises(MflowError, match="cannot be read") as caught:
        read('variable "x" {\n  default = 1\n  default {}\n}\n')
    assert caught.value.where is not None
    assert caught.value.where.line == 1


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads that take turns much more often than usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless_threads")
def test_threads_do_not_disturb_each_other() -> None:
    templates = ", ".join(['"${join("-", [for k, v in { a = [1, 2], b = [3] } : k])}"'] * 20)
    text = f"""
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws", version = ">= 4" }}
  }}
}}
variable "x" {{ default = [{templates}] }}
"""
    with ThreadPoolExecutor(4) as pool:
        assert len({repr(found) for found in pool.map(read, [text] * 30)}) == 1
