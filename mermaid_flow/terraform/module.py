"""What a Terraform module asks for and gives: its variables, outputs and providers.

A definition is plain data that survives a trip through JSON, so that the library can keep it and need not load an HCL
parser for a module it has seen before.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mermaid_flow.errors import Location
from mermaid_flow.terraform.types import Type, parse_type


@dataclass(frozen=True, slots=True)
class Place:
    """Where a declaration stands: file name in the module's folder, 1-based line and column, and the source line."""

    file: str
    line: int
    column: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Validation:
    """A `validation` block: the condition as HCL text and the message for people."""

    condition: str
    error_message: str


@dataclass(frozen=True, slots=True)
class Variable:
    """One `variable` block. `default` is its value in Python and only means something when `has_default` is true."""

    name: str
    place: Place
    type_text: str = "any"
    description: str = ""
    default: object = None
    has_default: bool = False
    nullable: bool = True
    sensitive: bool = False
    validations: tuple[Validation, ...] = ()

    @property
    def type(self) -> Type:
        """The type constraint. Raises MflowError when it is none."""
        return _cached_type(self.type_text)


_cached_type = functools.lru_cache(maxsize=1024)(parse_type)


@dataclass(frozen=True, slots=True)
class ModuleOutput:
    """One `output` block."""

    name: str
    place: Place
    description: str = ""
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Requirement:
    """One entry of `required_providers`: source address (`hashicorp/aws`) and version constraint, perhaps empty."""

    source: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything the HCL of a module declares towards its caller. `calls` are the local sources of its own modules."""

    variables: Mapping[str, Variable] = field(default_factory=dict)
    outputs: Mapping[str, ModuleOutput] = field(default_factory=dict)
    required_providers: Mapping[str, Requirement] = field(default_factory=dict)
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the library.

    `folder` holds the HCL (the variant's folder, where the module has variants for provider versions) and lies in
    `root`, the library folder. `digest` changes with any file of the folder.
    """

    name: str
    folder: Path
    root: Path
    digest: str
    definition: Definition

    @property
    def variables(self) -> Mapping[str, Variable]:
        """Variables by name, in source order."""
        return self.definition.variables

    @property
    def outputs(self) -> Mapping[str, ModuleOutput]:
        """Outputs by name, in source order."""
        return self.definition.outputs

    @property
    def required_providers(self) -> Mapping[str, Requirement]:
        """Provider requirements by local name."""
        return self.definition.required_providers

    def location(self, place: Place) -> Location:
        """A declaration's place, for messages."""
        end = place.column + len(place.excerpt) - len(place.excerpt.lstrip())
        return Location(str(self.folder / place.file), place.line, place.column, place.line, end, place.excerpt)
