"""Reads the declarations of a Terraform module from its HCL. Nothing is evaluated.

Importing this module loads an HCL parser (a fifth of a second), which is why the library does it late.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import hcl2
from hcl2.rules.base import BlockRule
from hcl2.utils import SerializationOptions, process_escape_sequences
from lark import Token, Tree
from lark.exceptions import LarkError, UnexpectedInput

from mermaid_flow.errors import Location, MflowError
from mermaid_flow.terraform.module import Definition, ModuleOutput, Place, Requirement, Validation, Variable

_OPTIONS = SerializationOptions(with_comments=False, explicit_blocks=False, preserve_heredocs=False)
_SERIALISING = threading.Lock()
"""python-hcl2 notes how far it is in default arguments, which all threads of the process share."""

_DECLARATION = re.compile(r"\b(variable|output|terraform|module)\b")


def read_definition(folder: Path, files: Mapping[str, str]) -> Definition:
    """The definition of a module from the texts of its `.tf` files by file name.

    Raises MflowError with the place when a file is not HCL.
    """
    variables: dict[str, Variable] = {}
    outputs: dict[str, ModuleOutput] = {}
    providers: dict[str, Requirement] = {}
    calls: list[str] = []
    for name, text in sorted(files.items()):
        if _DECLARATION.search(text) is None:
            continue  # resources only: parsing is the slow part
        for kind, label, body, place in _blocks(folder, name, text):
            match kind:
                case "variable":
                    variables[label] = _variable(label, body, place)
                case "output":
                    outputs[label] = ModuleOutput(
                        label, place, _text(body.get("description")), body.get("sensitive") is True
                    )
                case "terraform":
                    providers.update(_requirements(body))
                case "module":
                    calls.append(_text(body.get("source")))
    local = tuple(sorted({source for source in calls if source.startswith(("./", "../"))}))
    return Definition(variables, outputs, providers, local)


def _blocks(folder: Path, name: str, text: str) -> Iterator[tuple[str, str, Mapping[str, object], Place]]:
    """Kind, label, body and place of the top-level blocks that declare something towards the caller."""
    lines = text.splitlines()
    try:
        tree = hcl2.parses_to_tree(text)
    except UnexpectedInput as error:
        line, column = max(1, min(error.line, len(lines))), max(1, error.column)
        where = Location(str(folder / name), line, column, line, column + 1, lines[line - 1] if lines else "")
        raise MflowError("this is not HCL", code="terraform.module", where=where) from error
    for block in tree.children[0].children:
        kind = next(map(str, block.scan_values(lambda _: True)))
        if block.data == "block" and _DECLARATION.fullmatch(kind):
            place = Place(name, block.meta.line, block.meta.column, lines[block.meta.line - 1])
            label, body = _serialised(folder, block, place)
            yield kind, label, body, place


def _serialised(folder: Path, block: Tree[Token], place: Place) -> tuple[str, Mapping[str, object]]:
    """Label and body of a block."""
    try:
        rule = cast(BlockRule, hcl2.transform(block))
        with _SERIALISING:
            label = "".join(_text(label.serialize(_OPTIONS)) for label in rule.labels[1:])
            return label, rule.body.serialize(_OPTIONS)
    except (LarkError, RuntimeError) as error:
        where = Location(
            str(folder / place.file), place.line, place.column, place.line, place.column + 1, place.excerpt
        )
        raise MflowError(f"this block cannot be read: {error}", code="terraform.module", where=where) from error


def _variable(name: str, body: Mapping[str, object], place: Place) -> Variable:
    validations = body.get("validation", [])
    return Variable(
        name,
        place,
        type_text=_expression(body.get("type", "any")).strip('"'),  # old modules write `type = "string"`
        description=_text(body.get("description")),
        default=_literal(body.get("default")),
        has_default="default" in body,
        nullable=body.get("nullable") is not False,
        sensitive=body.get("sensitive") is True,
        validations=tuple(
            Validation(_expression(entry.get("condition")), _text(entry.get("error_message")))
            for entry in (validations if isinstance(validations, list) else [])
        ),
    )


def _requirements(body: Mapping[str, object]) -> Iterator[tuple[str, Requirement]]:
    blocks = body.get("required_providers", [])
    for entries in blocks if isinstance(blocks, list) else []:
        for name, entry in entries.items():
            wanted = _literal(entry)
            if isinstance(wanted, dict):
                yield name, Requirement(str(wanted.get("source", f"hashicorp/{name}")), str(wanted.get("version", "")))
            else:
                yield name, Requirement(f"hashicorp/{name}", str(wanted))


def _expression(value: object) -> str:
    """An expression as the parser serialises it, without its `${ }`."""
    text = str(value)
    return text[2:-1] if text.startswith("${") and text.endswith("}") else text


def _text(value: object) -> str:
    literal = _literal(value)
    return literal if isinstance(literal, str) else ""


def _literal(value: object) -> object:
    """A serialised literal in Python. Strings come with their quotes and escapes, negative numbers as expressions."""
    if isinstance(value, dict):
        return {str(_literal(name)): _literal(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_literal(item) for item in value]
    if not isinstance(value, str):
        return value
    if value.startswith('"'):
        return process_escape_sequences(value[1:-1]).replace("$${", "${").replace("%%{", "%{")
    inner = _expression(value)
    for number in (int, float):
        try:
            return number(inner)
        except ValueError:
            continue
    return inner
