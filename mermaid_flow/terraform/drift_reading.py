"""Reads drift from a plan, which compares three things: the state, what is really there, and what is declared.

From the first to the second somebody else changed something; from the first to the third an apply is missing. Sensitive
values are compared as they are, and only then masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mermaid_flow.terraform.assembly import CALLS_OUTPUT
from mermaid_flow.terraform.drift import ComponentDrift, Difference, DriftKind, ResourceDrift
from mermaid_flow.terraform.likeness import alike
from mermaid_flow.terraform.owned_parts import without_parts
from mermaid_flow.terraform.plan import SENSITIVE, UNKNOWN, action_of


def read_drift(component: str, shown: Mapping[str, Any], boxes: Mapping[str, str]) -> ComponentDrift:
    """The drift that a plan with a refresh found, from what `terraform show -json` prints for it.

    `boxes` are the labels of nodes by the module calls that they declare.
    """
    reading = _Reading(shown)
    addresses = sorted(reading.outside.keys() | reading.planned.keys())
    found = [reading.resource(address, _box(address, boxes)) for address in addresses]
    if any(resource.outside_action for resource in found):
        found = [resource for resource in found if not _is_consequence(resource)]
    outputs = [
        name
        for name, change in sorted(shown.get("output_changes", {}).items())
        if name != CALLS_OUTPUT and change["actions"] != ["no-op"]
    ]
    resources = tuple(resource for resource in found if resource.kind is not DriftKind.NONE)
    # Outputs follow from resources that were changed outside: only on their own they are something to apply.
    applied = any(resource.unapplied_action for resource in resources) or not resources
    return ComponentDrift(component, resources, tuple(outputs) if applied else ())


@dataclass
class _Reading:
    """A plan's changes by address."""

    shown: Mapping[str, Any]
    outside: dict[str, Mapping[str, Any]] = field(init=False)
    planned: dict[str, Mapping[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.outside = {entry["address"]: entry for entry in self.shown.get("resource_drift", [])}
        self.planned = {
            entry["address"]: entry
            for entry in self.shown.get("resource_changes", [])
            if entry.get("mode") != "data" and action_of(entry["change"]) not in {"no-op", "read"}
        }

    def resource(self, address: str, box: str) -> ResourceDrift:
        drifted, planned = self.outside.get(address), self.planned.get(address)
        resource_type = str((drifted or planned or {})["type"])
        outside_action, outside = self._outside(resource_type, drifted)
        unapplied_action, unapplied = _unapplied(planned, drifted if outside_action else None)
        return ResourceDrift(address, resource_type, box, outside_action, outside, unapplied_action, unapplied)

    def _outside(self, resource_type: str, entry: Mapping[str, Any] | None) -> tuple[str, tuple[Difference, ...]]:
        if entry is None:
            return "", ()
        change = entry["change"]
        before, after = change.get("before") or {}, change.get("after")
        if after is None:
            return "delete", ()
        before, after = without_parts(resource_type, before, after, self._everything())
        found = _differences(before, after, _Marks(change.get("before_sensitive"), change.get("after_sensitive")))
        differences = _without_derived(list(found))
        return ("update", differences) if differences else ("", ())

    def _everything(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every resource of the component as it was and as it is, with its type."""
        for entry in (*self.shown.get("resource_drift", []), *self.shown.get("resource_changes", [])):
            for values in (entry["change"].get("before"), entry["change"].get("after")):
                if values:
                    yield entry["type"], values


def _unapplied(
    planned: Mapping[str, Any] | None, drifted: Mapping[str, Any] | None
) -> tuple[str, tuple[Difference, ...]]:
    """What an apply would change that is not just undoing what was changed outside."""
    if planned is None:
        return "", ()
    change, action = planned["change"], action_of(planned["change"])
    unknown = change.get("after_unknown")
    before, before_sensitive = change.get("before"), change.get("before_sensitive")
    if drifted is None and action in {"create", "delete", "forget"}:
        return action, ()
    if drifted is not None:
        before, before_sensitive = drifted["change"].get("before"), drifted["change"].get("before_sensitive")
    after = change.get("after")
    if after is None:
        return action, ()  # it was changed outside, and is not wanted any more
    recreated = drifted is not None and drifted["change"].get("after") is None
    found = _differences(before or {}, after, _Marks(before_sensitive, change.get("after_sensitive"), unknown))
    differences = _without_derived(
        [each for each in found if each.after != UNKNOWN and not (recreated and each.after is None)]
        if drifted is not None
        else list(found)
    )
    if drifted is None:
        return action, tuple(each for each in differences if each.after != UNKNOWN) or differences
    return ("update", differences) if differences else ("", ())


def _is_consequence(resource: ResourceDrift) -> bool:
    """Whether an apply would change the resource only because it depends on one that has to be made again."""
    changes = resource.unapplied_action in {"update", "replace"} and not resource.outside_action
    return changes and bool(resource.unapplied) and all(each.after == UNKNOWN for each in resource.unapplied)


def _box(address: str, boxes: Mapping[str, str]) -> str:
    call = address.split(".")[1].partition("[")[0] if address.startswith("module.") else ""
    return boxes.get(call, "")


@dataclass(frozen=True, slots=True)
class _Marks:
    """What is sensitive before and after, and what is unknown after; each in the shape of the values."""

    before: object
    after: object
    unknown: object = None

    def at(self, name: str) -> _Marks:
        """The marks of one attribute."""
        return _Marks(*(_part(marks).get(name) for marks in (self.before, self.after, self.unknown)))


def _differences(before: object, after: object, marks: _Marks, path: str = "") -> Iterator[Difference]:
    """Attribute by attribute."""
    if marks.unknown is True:
        yield Difference(path, _masked(before, marks.before), UNKNOWN)
    elif marks.before is True or marks.after is True:
        if not alike(before, after):
            yield Difference(path, SENSITIVE, SENSITIVE)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted(before.keys() | after.keys() | _part(marks.unknown).keys()):
            inner = f"{path}.{name}" if path else name
            yield from _differences(before.get(name), after.get(name), marks.at(name), inner)
    elif not alike(before, after):
        yield Difference(path, _masked(before, marks.before), _masked(after, marks.after))


def _masked(value: object, sensitive: object) -> object:
    if sensitive is True:
        return SENSITIVE
    if isinstance(value, Mapping):
        return {name: _masked(item, _part(sensitive).get(name)) for name, item in value.items()}
    if isinstance(value, list):
        marks = sensitive if isinstance(sensitive, list) else []
        return [_masked(item, marks[index] if index < len(marks) else None) for index, item in enumerate(value)]
    return value


def _part(marks: object) -> Mapping[str, object]:
    return marks if isinstance(marks, Mapping) else {}


def _without_derived(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """Without `tags_all`, which says again what `tags` says."""
    paths = {difference.path for difference in differences}
    return tuple(
        difference
        for difference in differences
        if not (difference.path.startswith("tags_all") and difference.path.replace("tags_all", "tags", 1) in paths)
    )
