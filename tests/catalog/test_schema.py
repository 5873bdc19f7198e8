"""The modules against the current provider's schema: what they set exists, is not on its way out, and is complete."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import hcl2
import pytest

from mermaid_flow.terraform.library import ModuleLibrary
from mermaid_flow.terraform.module import Module
from mermaid_flow.terraform.toolchain import find_toolchain
from mermaid_flow.terraform.versions import satisfies

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "terraform" / "modules"
SCHEMA = ROOT.parent / "shared" / "data" / "aws_6_62_schema.json"
CURRENT = "6.62.0"
LOCAL = "3.39.0"

META_ARGUMENTS = {"count", "for_each", "depends_on", "provider", "lifecycle", "provisioner", "connection"}


@dataclass(frozen=True)
class Resource:
    """One resource block: `arguments` are paths such as `rule.filter`; blocks that stand in it are among them."""

    address: str
    type: str
    arguments: frozenset[str]


def resources(folder: Path) -> Iterator[Resource]:
    """All managed resources of a module's HCL."""
    for file in sorted(folder.glob("*.tf")):
        for block in hcl2.loads(file.read_text()).get("resource", []):
            for kind, named in _unquoted(block).items():
                for name, body in _unquoted(named).items():
                    yield Resource(f"{folder.name}/{file.name}: {kind}.{name}", kind, frozenset(_arguments(body)))


def _unquoted(block: Mapping[str, object]) -> dict[str, dict[str, object]]:
    return {key.strip('"'): value for key, value in block.items() if isinstance(value, dict)}


def _arguments(body: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for name, value in body.items():
        if name.startswith("__") or (not prefix and name in META_ARGUMENTS):
            continue
        if name == "dynamic" and isinstance(value, list):
            for dynamic in value:
                for inner, content in _unquoted(dynamic).items():
                    yield f"{prefix}{inner}"
                    for block in content["content"]:  # type: ignore[attr-defined]  # a block's content is a list
                        yield from _arguments(block, f"{prefix}{inner}.")
            continue
        yield f"{prefix}{name}"
        if isinstance(value, list):
            for block in value:
                if isinstance(block, dict) and "__is_block__" in block:
                    yield from _arguments(block, f"{prefix}{name}.")


def mistakes(resource: Resource, schema: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What the provider would not take from this resource, or only with a warning."""
    if resource.type.startswith("terraform_"):
        return
    if resource.type not in schema:
        yield f"{resource.address}: the schema has no {resource.type}"
        return
    known = schema[resource.type]
    for argument in sorted(resource.arguments):
        if argument not in known:
            yield f"{resource.address}: no argument {argument}"
        elif known[argument] == "deprecated":
            yield f"{resource.address}: {argument} is deprecated"
    for argument, need in known.items():
        parent = argument.rpartition(".")[0]
        if need == "required" and argument not in resource.arguments and (not parent or parent in resource.arguments):
            yield f"{resource.address}: {argument} is required"


def works_with(module: Module, version: str) -> bool:
    return all(
        satisfies(version, need.version)
        for need in module.required_providers.values()
        if need.source == "hashicorp/aws"
    )


NAMES = ModuleLibrary([MODULES]).names()
LIBRARIES = {
    version: ModuleLibrary([MODULES], provider_versions={"hashicorp/aws": version}) for version in (CURRENT, LOCAL)
}


@pytest.fixture(scope="module")
def schema() -> Mapping[str, Mapping[str, str]]:
    if not SCHEMA.is_file():
        pytest.skip("the provider's schema file is not beside this repository (../shared/data)")
    content: Mapping[str, Mapping[str, str]] = json.loads(SCHEMA.read_text())
    return content


@pytest.mark.parametrize("name", NAMES)
def test_every_argument_is_one_of_the_current_provider(name: str, schema: Mapping[str, Mapping[str, str]]) -> None:
    found = list(resources(LIBRARIES[CURRENT].module(name).folder))
    assert found, f"{name} has no resources"
    assert [mistake for resource in found for mistake in mistakes(resource, schema)] == []


def test_a_module_that_breaks_the_schema_is_noticed(tmp_path: Path, schema: Mapping[str, Mapping[str, str]]) -> None:
    (tmp_path / "main.tf").write_text(
        """
        resource "aws_eip" "this" { vpc = true }
        resource "aws_s3_bucket" "this" {
          acl = "private"
          dynamic "versioning" {
            for_each = [1]
            content { always = true }
          }
        }
        resource "aws_route" "this" { destination_cidr_block = "0.0.0.0/0" }
        resource "aws_nonsense" "this" {}
        """
    )
    found = [
        mistake.partition(": ")[2].partition(": ")[2] for r in resources(tmp_path) for mistake in mistakes(r, schema)
    ]
    assert found == [
        "no argument vpc",
        "acl is deprecated",
        "versioning is deprecated",
        "no argument versioning.always",
        "route_table_id is required",
        "the schema has no aws_nonsense",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_module_is_called_the_same_way_on_both_providers(name: str) -> None:
    current, local = (LIBRARIES[version].module(name) for version in (CURRENT, LOCAL))
    assert works_with(current, CURRENT)
    assert works_with(local, LOCAL)
    if local.folder != current.folder:
        assert _interface(local) == _interface(current)


def _interface(module: Module) -> tuple[object, ...]:
    variables = [(v.name, v.type_text, v.default, v.description) for v in module.variables.values()]
    return variables, [(o.name, o.description) for o in module.outputs.values()]


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_and_output_says_what_it_is(name: str) -> None:
    module = LIBRARIES[CURRENT].module(name)
    named = {**module.variables, **module.outputs}
    assert [name for name, entry in named.items() if not entry.description.endswith(".")] == []
    assert [name for name, variable in module.variables.items() if variable.type_text == "any"] == []
    assert [
        v.name for v in module.variables.values() for rule in v.validations if v.name not in rule.error_message
    ] == []
    assert module.required_providers.keys() <= {"aws"}


@pytest.mark.terraform
def test_the_modules_are_formatted() -> None:
    command = [find_toolchain().path, "fmt", "-check", "-recursive", MODULES]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == ""
