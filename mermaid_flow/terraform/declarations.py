"""What the nodes of a component have declared, kept from run to run.

It must outlive the run: a resumed run does not run its finished nodes again, and in the middle of a second run the
resources of nodes whose turn has not come yet must not be taken for unwanted. So each entry says which run declared it
last, and only the end of a run drops the entries that the run did not renew.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import Configure, Declaration, File, Import, ModuleCall, Output, Reference, Value

_FORMAT = 1
_TAGS = ("$reference", "$map")


@dataclass(frozen=True, slots=True)
class NodeDeclarations:
    """Everything that one node of one diagram declares for the component. `run` is the run that declared it last."""

    diagram: str
    node: str
    label: str
    run: str
    declarations: tuple[Declaration, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Diagram and node: what the entry is known by."""
        return self.diagram, self.node

    @property
    def calls(self) -> tuple[ModuleCall, ...]:
        """The module calls among the declarations."""
        return tuple(declaration for declaration in self.declarations if isinstance(declaration, ModuleCall))


def detached(declarations: Sequence[Declaration]) -> tuple[Declaration, ...]:
    """Copies in the form that `read` would give back: nothing that a handler changes later shows in them."""
    return tuple(_declaration(_plain_declaration(declaration)) for declaration in declarations)


def read(path: Path) -> tuple[NodeDeclarations, ...]:
    """The kept declarations; none when the file does not exist. Raises MflowError when it cannot be understood."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["format"] != _FORMAT:
            raise ValueError(f"format {kept['format']}")
        return tuple(
            NodeDeclarations(
                entry["diagram"],
                entry["node"],
                entry["label"],
                entry["run"],
                tuple(_declaration(item) for item in entry["declarations"]),
            )
            for entry in kept["nodes"]
        )
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MflowError(
            f"cannot read the declarations {path}: {error}",
            code="terraform.declarations",
            hint="the file belongs to mflow; if it was edited, bring it back, else remove it and run the diagram again",
        ) from error


def write(path: Path, entries: Sequence[NodeDeclarations]) -> None:
    """Keep the declarations, all or nothing: a crash leaves the old file or the new one."""
    nodes = [
        {
            "diagram": entry.diagram,
            "node": entry.node,
            "label": entry.label,
            "run": entry.run,
            "declarations": [_plain_declaration(item) for item in entry.declarations],
        }
        for entry in entries
    ]
    partial = path.with_suffix(".part")
    with partial.open("w", encoding="utf-8") as file:
        json.dump({"format": _FORMAT, "nodes": nodes}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _plain_declaration(declaration: Declaration) -> dict[str, object]:
    match declaration:
        case ModuleCall():
            return {
                "kind": "call",
                "module": declaration.module,
                "name": declaration.name,
                "inputs": _plain_inputs(declaration.inputs),
                "depends_on": list(declaration.depends_on),
            }
        case Configure():
            return {"kind": "configure", "call": declaration.call, "inputs": _plain_inputs(declaration.inputs)}
        case Output():
            return {
                "kind": "output",
                "name": declaration.name,
                "value": _plain(declaration.value),
                "description": declaration.description,
                "sensitive": declaration.sensitive,
            }
        case File():
            return {
                "kind": "file",
                "name": declaration.name,
                "content": base64.b64encode(declaration.content).decode(),
            }
        case Import():
            return {"kind": "import", "to": declaration.to, "id": declaration.id}


def _declaration(plain: dict[str, Any]) -> Declaration:
    match plain["kind"]:
        case "call":
            inputs = {name: _value(value) for name, value in plain["inputs"].items()}
            return ModuleCall(plain["module"], plain["name"], inputs, tuple(plain["depends_on"]))
        case "configure":
            return Configure(plain["call"], {name: _value(value) for name, value in plain["inputs"].items()})
        case "output":
            return Output(plain["name"], _value(plain["value"]), plain["description"], plain["sensitive"])
        case "file":
            return File(plain["name"], base64.b64decode(plain["content"]))
        case "import":
            return Import(plain["to"], plain["id"])
        case kind:
            raise ValueError(f"unknown kind {kind!r}")


def _plain_inputs(inputs: Mapping[str, Value]) -> dict[str, object]:
    return {name: _plain(value) for name, value in inputs.items()}


def _plain(value: Value) -> object:
    """A value as JSON. References become a tagged object; a map that looks like one is tagged itself."""
    match value:
        case Reference():
            return {"$reference": [value.call, value.output, list(value.path)]}
        case Mapping():
            items = {name: _plain(item) for name, item in value.items()}
            return {"$map": items} if items.keys() & set(_TAGS) else items
        case str():
            return value
        case Sequence():
            return [_plain(item) for item in value]
    return value


def _value(plain: Any) -> Value:
    if isinstance(plain, list):
        return [_value(item) for item in plain]
    if not isinstance(plain, dict):
        scalar: Value = plain
        return scalar
    if "$reference" in plain:
        call, output, path = plain["$reference"]
        return Reference(call, output, tuple(path))
    return {name: _value(item) for name, item in plain.get("$map", plain).items()}
