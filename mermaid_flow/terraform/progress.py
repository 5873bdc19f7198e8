"""What Terraform reports while it works (`-json`), led back to the boxes of the diagram.

Terraform names resource addresses; an address begins with the module call, and the module call belongs to a node.
A provider that crashes prints lines that are not JSON: they stay in the log and are passed over here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from mermaid_flow.errors import Location, MflowError
from mermaid_flow.terraform.collisions import collision_hint
from mermaid_flow.terraform.state_lock import lock_hint


@dataclass(frozen=True, slots=True)
class ResourceProgress:
    """One step in the life of a resource. `node` is empty when the resource belongs to no node of the diagram."""

    component: str
    node: str
    address: str
    resource_type: str
    action: str
    """create, read, update, replace, delete, import, move."""
    state: Literal["planned", "started", "complete", "failed"]
    seconds: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What Terraform is going to do: numbers of resources."""

    component: str
    add: int
    change: int
    destroy: int


@dataclass(frozen=True, slots=True)
class ApplySummary:
    """What Terraform has done: numbers of resources, and how long the whole command took."""

    component: str
    add: int
    change: int
    destroy: int
    seconds: float


@dataclass(frozen=True, slots=True)
class OutputsRead:
    """The component's outputs after an apply; sensitive ones are masked."""

    component: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TerraformWarning:
    """A warning of Terraform, of a provider or of this package."""

    component: str
    node: str
    message: str


ComponentEvent: TypeAlias = ResourceProgress | PlanSummary | ApplySummary | OutputsRead | TerraformWarning
Observe: TypeAlias = Callable[[ComponentEvent], None]


_CALL = re.compile(r"module\.([A-Za-z_][A-Za-z0-9_-]*)")


@dataclass(frozen=True, slots=True)
class Attribution:
    """The way back from what Terraform names to the node: by module call, generated file, or folder of a called module.

    A folder that several nodes call leads to none of them.
    """

    folder: Path
    node_by_call: Mapping[str, str] = field(default_factory=dict)
    node_by_file: Mapping[str, str] = field(default_factory=dict)
    node_by_module: Mapping[str, str] = field(default_factory=dict)

    def node(self, address: str = "", file: str = "") -> str:
        """The node of a resource address (`module.vpc.aws_vpc.this`) or of a file; empty when there is none."""
        call = _CALL.match(address)
        if call is not None and call[1] in self.node_by_call:
            return self.node_by_call[call[1]]
        return self.node_by_file.get(file) or self.node_by_module.get(file.rpartition("/")[0], "")


_HOOKS: Mapping[str, Literal["started", "complete", "failed"]] = {
    "apply_start": "started",
    "apply_progress": "started",
    "apply_complete": "complete",
    "apply_errored": "failed",
}


class ProgressReader:
    """Takes the lines of one Terraform command and tells `observe` what they mean. Collects the errors."""

    def __init__(self, component: str, attribution: Attribution, observe: Observe) -> None:
        self.errors: list[tuple[str, MflowError]] = []
        """Node and error, in the order reported; the node is empty where none can be found."""
        self.changed = False
        """Whether Terraform began to change anything."""
        self.only_configuration = True
        """Whether every error so far is about the configuration, none about a resource or a provider."""
        self.changes: tuple[int, int, int] | None = None
        """Resources added, changed and destroyed, once the command has summed up what it did."""
        self.plain: list[str] = []
        """Lines that were no messages of Terraform: what a crash left behind."""
        self._component = component
        self._attribution = attribution
        self._observe = observe

    def line(self, text: str) -> None:
        """Take one line."""
        try:
            message = json.loads(text)
            kind = message["type"]
        except (ValueError, TypeError, KeyError):
            if text.strip():
                self.plain.append(text)
            return
        try:
            self._message(kind, message)
        except (KeyError, TypeError):
            self.plain.append(text)  # a form that this reader does not know

    def _message(self, kind: str, message: Mapping[str, Any]) -> None:
        if kind in _HOOKS:
            self._hook(message["hook"], _HOOKS[kind])
        elif kind == "planned_change":
            self._planned(message["change"])
        elif kind == "change_summary":
            self._summary(message["changes"])
        elif kind == "diagnostic":
            self._diagnostic(message["diagnostic"])

    def _hook(self, hook: Mapping[str, Any], state: Literal["started", "complete", "failed"]) -> None:
        if hook.get("action") != "read":
            self.changed = True
        self._resource(hook, state, hook.get("elapsed_seconds"))

    def _planned(self, change: Mapping[str, Any]) -> None:
        if change.get("action") != "noop":
            self._resource(change, "planned", None)

    def _resource(
        self,
        report: Mapping[str, Any],
        state: Literal["planned", "started", "complete", "failed"],
        seconds: float | None,
    ) -> None:
        address = str(report["resource"]["addr"])
        resource_type = str(report["resource"].get("resource_type", ""))
        node = self._attribution.node(address)
        action = str(report.get("action", ""))
        self._observe(ResourceProgress(self._component, node, address, resource_type, action, state, seconds))

    def _summary(self, changes: Mapping[str, Any]) -> None:
        add, change, destroy = (int(changes.get(name, 0)) for name in ("add", "change", "remove"))
        if changes.get("operation") == "plan":
            self._observe(PlanSummary(self._component, add, change, destroy))
        else:
            self.changes = add, change, destroy

    def _diagnostic(self, diagnostic: Mapping[str, Any]) -> None:
        place = diagnostic.get("range") or {}
        address = str(diagnostic.get("address") or "")
        node = self._attribution.node(address, str(place.get("filename", "")))
        parts = [str(diagnostic.get("summary", "")), str(diagnostic.get("detail", ""))]
        message = ": ".join(part for part in parts if part)
        if diagnostic.get("severity") != "error":
            self._observe(TerraformWarning(self._component, node, message))
            return
        self.only_configuration = self.only_configuration and not address and bool(place)
        about = f"{address}: {message}" if address else message
        where = self._location(place, diagnostic.get("snippet") or {})
        folder = self._attribution.folder
        hint = lock_hint(message, folder) or collision_hint(address, message, folder)
        self.errors.append((node, MflowError(about, code="terraform.error", hint=hint, where=where)))

    def _location(self, place: Mapping[str, Any], snippet: Mapping[str, Any]) -> Location | None:
        if "filename" not in place:
            return None
        start, end = place["start"], place["end"]
        return Location(
            str(self._attribution.folder / place["filename"]),
            start["line"],
            start["column"],
            end["line"],
            end["column"],
            str(snippet.get("code", "")).split("\n", 1)[0],
        )
