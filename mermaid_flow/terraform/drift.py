"""What drift detection found: what was changed outside, what is declared and not applied yet, and both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class DriftKind(StrEnum):
    """Who is ahead: the world, the declaration, or both. FAILED says that nobody knows."""

    NONE = "in sync"
    OUTSIDE = "changed outside"
    UNAPPLIED = "not yet applied"
    BOTH = "changed outside and not yet applied"
    FAILED = "not checked"

    @classmethod
    def of(cls, *, outside: bool, unapplied: bool) -> DriftKind:
        """The kind for what was found."""
        if outside:
            return cls.BOTH if unapplied else cls.OUTSIDE
        return cls.UNAPPLIED if unapplied else cls.NONE


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute before and after; `path` is dotted. Sensitive and unknown values are marked so."""

    path: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class ResourceDrift:
    """One resource. `outside` is what somebody changed, `unapplied` what an apply would change besides.

    `outside_action` is update or delete, `unapplied_action` create, update, replace, delete; empty for none. `box` is
    the label of the node that declared the resource.
    """

    address: str
    type: str
    box: str = ""
    outside_action: str = ""
    outside: tuple[Difference, ...] = ()
    unapplied_action: str = ""
    unapplied: tuple[Difference, ...] = ()

    @property
    def kind(self) -> DriftKind:
        """Who is ahead."""
        return DriftKind.of(outside=bool(self.outside_action), unapplied=bool(self.unapplied_action))


@dataclass(frozen=True, slots=True)
class ComponentDrift:
    """One component. `outputs` are the names of outputs that an apply would change.

    `missing` is one that should be there and was never deployed; `error` says why it could not be checked.
    """

    component: str
    resources: tuple[ResourceDrift, ...] = ()
    outputs: tuple[str, ...] = ()
    missing: bool = False
    error: str = ""

    @property
    def kind(self) -> DriftKind:
        """Who is ahead in the component as a whole. What could not be checked is never in sync."""
        if self.error:
            return DriftKind.FAILED
        outside = any(resource.outside_action for resource in self.resources)
        unapplied = self.missing or bool(self.outputs) or any(resource.unapplied_action for resource in self.resources)
        return DriftKind.of(outside=outside, unapplied=unapplied)


@dataclass(frozen=True, slots=True)
class EnvironmentDrift:
    """The components of one environment that were looked at."""

    name: str
    components: tuple[ComponentDrift, ...]


@dataclass(frozen=True, slots=True)
class DriftReport:
    """Everything that was looked at."""

    environments: tuple[EnvironmentDrift, ...]

    def components(self, *kinds: DriftKind) -> tuple[ComponentDrift, ...]:
        """The components of these kinds; all when none is named."""
        every = (component for environment in self.environments for component in environment.components)
        return tuple(component for component in every if not kinds or component.kind in kinds)

    @property
    def drifted(self) -> tuple[ComponentDrift, ...]:
        """The components that differ."""
        return self.components(DriftKind.OUTSIDE, DriftKind.UNAPPLIED, DriftKind.BOTH)

    @property
    def failed(self) -> tuple[ComponentDrift, ...]:
        """The components that could not be checked."""
        return self.components(DriftKind.FAILED)


def drift_as_plain(drift: ComponentDrift) -> dict[str, object]:
    """The drift as plain data, for values and reports."""
    return {
        "component": drift.component,
        "kind": drift.kind.value,
        "resources": [
            {
                "address": resource.address,
                "type": resource.type,
                "box": resource.box,
                "kind": resource.kind.value,
                "outside": _plain_part(resource.outside_action, resource.outside),
                "unapplied": _plain_part(resource.unapplied_action, resource.unapplied),
            }
            for resource in drift.resources
        ],
        "outputs": list(drift.outputs),
        "missing": drift.missing,
        "error": drift.error,
    }


def drift_from_plain(plain: Mapping[str, Any]) -> ComponentDrift:
    """The drift from plain data. Raises KeyError or TypeError when it is none."""
    return ComponentDrift(
        plain["component"],
        tuple(_resource_from(resource) for resource in plain["resources"]),
        tuple(plain["outputs"]),
        plain.get("missing", False),
        plain.get("error", ""),
    )


def _resource_from(plain: Mapping[str, Any]) -> ResourceDrift:
    outside, unapplied = (plain[name] or {"action": "", "attributes": []} for name in ("outside", "unapplied"))
    return ResourceDrift(
        plain["address"],
        plain["type"],
        plain["box"],
        outside["action"],
        tuple(Difference(**each) for each in outside["attributes"]),
        unapplied["action"],
        tuple(Difference(**each) for each in unapplied["attributes"]),
    )


def _plain_part(action: str, differences: Sequence[Difference]) -> dict[str, object] | None:
    if not action:
        return None
    attributes = [{"path": each.path, "before": each.before, "after": each.after} for each in differences]
    return {"action": action, "attributes": attributes}
