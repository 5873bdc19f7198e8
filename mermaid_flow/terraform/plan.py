"""Terraform's plan as data: what would change, attribute by attribute, without secrets and in a form that compares."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform.assembly import CALLS_OUTPUT
from mermaid_flow.terraform.progress import Attribution

UNKNOWN = "(known after apply)"
SENSITIVE = "(sensitive)"


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """One attribute of a resource before and after; `path` is dotted. Sensitive and unknown values are marked so."""

    path: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One resource that would change, or (as drift) was changed behind Terraform's back.

    `before` and `after` are the attributes, None when the resource does not exist then.
    """

    address: str
    node: str
    resource_type: str
    action: str
    """create, read, update, replace, delete, forget, import."""
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None

    def attributes(self) -> tuple[AttributeChange, ...]:
        """What differs. Null and an empty list or map are the same thing here, as they are to AWS."""
        return tuple(_differences("", self.before or {}, self.after or {}))


@dataclass(frozen=True, slots=True)
class ComponentPlan:
    """The plan of one component: changes and drift by address, and outputs as they would be after an apply."""

    component: str
    changes: tuple[PlannedChange, ...]
    drift: tuple[PlannedChange, ...]
    outputs: Mapping[str, object]

    def count(self, action: str) -> int:
        """How many resources would be created, updated or deleted; a replacement counts as both delete and create."""
        replaced = sum(change.action == "replace" for change in self.changes) if action in ("create", "delete") else 0
        return replaced + sum(change.action == action for change in self.changes)


class UnknownOutput(MflowError):
    """The output is known only after an apply."""


class PlannedOutputs(Mapping[str, object]):
    """Outputs as a plan sees them: known values, and names whose values an apply would first have to find out.

    Reading one of the latter raises UnknownOutput. Sensitive values are given as they are.
    """

    def __init__(self, values: Mapping[str, Any], unknown: Mapping[str, Any]) -> None:
        self._values = values
        self._unknown = unknown

    @classmethod
    def read(cls, shown: Mapping[str, Any]) -> PlannedOutputs:
        """The outputs of a plan, from what `terraform show -json` prints for it."""
        changes = {
            name: change
            for name, change in shown.get("output_changes", {}).items()
            if change.get("actions") != ["delete"]
        }
        values = {name: change.get("after") for name, change in changes.items()}
        return cls(values, {name: change.get("after_unknown") for name, change in changes.items()})

    def __getitem__(self, name: str) -> object:
        if _has_unknown(self._unknown.get(name)):
            raise UnknownOutput(f"the output {name!r} is known only after an apply", code="terraform.unknown")
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values or name in self._unknown

    def __iter__(self) -> Iterator[str]:
        yield from self._values
        yield from (name for name in self._unknown if name not in self._values)

    def __len__(self) -> int:
        return len(self._values.keys() | self._unknown.keys())

    def without(self, name: str) -> PlannedOutputs:
        """All outputs but one."""
        values, unknown = ({key: part[key] for key in part if key != name} for part in (self._values, self._unknown))
        return PlannedOutputs(values, unknown)

    def within(self, name: str) -> PlannedOutputs:
        """The parts of an output that is a map, known or not."""
        return PlannedOutputs(_mapping(self._values.get(name)), _mapping(self._unknown.get(name)))


def _has_unknown(marks: Any) -> bool:
    if isinstance(marks, dict):
        return any(_has_unknown(mark) for mark in marks.values())
    if isinstance(marks, list):
        return any(_has_unknown(mark) for mark in marks)
    return marks is True


def read_plan(component: str, shown: Mapping[str, Any], attribution: Attribution) -> ComponentPlan:
    """The plan from what `terraform show -json` prints for it."""
    return ComponentPlan(
        component,
        tuple(_changes(shown.get("resource_changes", []), attribution)),
        tuple(change for change in _changes(shown.get("resource_drift", []), attribution) if change.attributes()),
        {
            name: _output(change)
            for name, change in sorted(shown.get("output_changes", {}).items())
            if name != CALLS_OUTPUT
        },
    )


def plan_as_json(plan: ComponentPlan) -> dict[str, object]:
    """The plan as plain data, to be saved and reviewed."""
    return dataclasses.asdict(plan)


def plan_from_json(saved: Mapping[str, Any]) -> ComponentPlan:
    """A saved plan. Raises KeyError or TypeError when it is none."""
    changes, drift = (tuple(PlannedChange(**change) for change in saved[name]) for name in ("changes", "drift"))
    return ComponentPlan(saved["component"], changes, drift, saved["outputs"])


def differences(reviewed: Sequence[PlannedChange], fresh: ComponentPlan, *, partial: bool = False) -> list[str]:
    """One line for every resource whose planned change is not the reviewed one; none when the plans agree.

    A value that was unknown when it was reviewed may be anything now. `partial` says that further applies follow, so
    that reviewed changes may still be missing.
    """
    before = {change.address: change for change in reviewed}
    after = {change.address: change for change in fresh.changes}
    lines = [
        f"{address}: {change.action} was planned, now nothing"
        for address, change in before.items()
        if address not in after and not partial
    ]
    for address, change in after.items():
        expected = before.get(address)
        if expected is None or expected.action != change.action:
            lines.append(f"{address}: {expected.action if expected else 'nothing'} was planned, now {change.action}")
        elif not (_agrees(expected.before, change.before) and _agrees(expected.after, change.after)):
            lines.append(f"{address}: {change.action} with other values than planned")
    return sorted(lines)


def _agrees(reviewed: object, fresh: object) -> bool:
    if reviewed == UNKNOWN:
        return True
    if isinstance(reviewed, Mapping) and isinstance(fresh, Mapping):
        return all(_agrees(reviewed.get(name), fresh.get(name)) for name in reviewed.keys() | fresh.keys())
    if isinstance(reviewed, list) and isinstance(fresh, list) and len(reviewed) == len(fresh):
        return all(_agrees(*pair) for pair in zip(reviewed, fresh, strict=True))
    return reviewed == fresh


def _changes(resources: Sequence[Mapping[str, Any]], attribution: Attribution) -> Iterator[PlannedChange]:
    for resource in sorted(resources, key=lambda entry: str(entry["address"])):
        change = resource["change"]
        action = action_of(change)
        if action == "no-op":
            continue
        address = str(resource["address"])
        yield PlannedChange(
            address,
            attribution.node(address),
            str(resource["type"]),
            action,
            _marked(change.get("before"), change.get("before_sensitive"), None),
            _marked(change.get("after"), change.get("after_sensitive"), change.get("after_unknown")),
        )


def action_of(change: Mapping[str, Any]) -> str:
    """What a change of a plan amounts to: no-op, create, read, update, replace, delete, forget, import."""
    if "importing" in change:
        return "import"
    return "replace" if len(change["actions"]) > 1 else str(change["actions"][0])


def _output(change: Mapping[str, Any]) -> object:
    return _marked(change.get("after"), change.get("after_sensitive"), change.get("after_unknown"))


def _marked(value: Any, sensitive: Any, unknown: Any) -> Any:
    """The value with its sensitive and unknown parts replaced by marks. Both are given in the shape of the value."""
    if unknown is True:
        return UNKNOWN
    if sensitive is True:
        return SENSITIVE
    if isinstance(value, dict) or (value is None and isinstance(unknown, dict) and unknown):
        parts = value or {}
        names = [*parts, *(name for name in _mapping(unknown) if name not in parts)]
        return {
            name: _marked(parts.get(name), _mapping(sensitive).get(name), _mapping(unknown).get(name)) for name in names
        }
    if isinstance(value, list):
        return [_marked(item, _at(sensitive, index), _at(unknown, index)) for index, item in enumerate(value)]
    return value


def _mapping(marks: Any) -> dict[str, Any]:
    return marks if isinstance(marks, dict) else {}


def _at(marks: Any, index: int) -> Any:
    return marks[index] if isinstance(marks, list) and index < len(marks) else None


def _differences(path: str, before: object, after: object) -> Iterator[AttributeChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted(before.keys() | after.keys()):
            inner = f"{path}.{name}" if path else name
            yield from _differences(inner, before.get(name), after.get(name))
    elif before != after and not (_is_empty(before) and _is_empty(after)):
        yield AttributeChange(path, before, after)


def _is_empty(value: object) -> bool:
    return value is None or value in ({}, [])
