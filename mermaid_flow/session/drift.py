"""Drift detection over environments: what there is to look at, one look at a component, the report of all of them.

The handlers of `diagrams/drift.mmd` are made of this. What they hand on is plain data, since it passes through the
record of the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

from mermaid_flow.errors import MflowError, Problems, did_you_mean
from mermaid_flow.handlers.context import Cancelled, Component, Components
from mermaid_flow.inputs.stacks import Stack
from mermaid_flow.inputs.stacks import components as components_of_stack
from mermaid_flow.inputs.variables import Variables
from mermaid_flow.session.project import Project
from mermaid_flow.session.stacks import environment_of, stack_folder
from mermaid_flow.terraform.drift import (
    ComponentDrift,
    DriftReport,
    EnvironmentDrift,
    drift_as_plain,
    drift_from_plain,
)

ENVIRONMENTS = "environments"
"""The variable that lists what to look at."""

_NO_ENVIRONMENT = "default"
"""What components outside any environment belong to."""


@dataclass(frozen=True)
class Inventory:
    """What there is to look at: the stacks that are asked for, else what the vars list, else what the project's stacks
    define, else what is deployed.

    Items are plain data: an environment is `{name, components}`, a component `{name, path}`.
    """

    project: Project
    variables: Variables
    components: Components

    def environments(
        self,
        only_environments: Sequence[str] = (),
        only_components: Sequence[str] = (),
        only_stacks: Sequence[str] = (),
    ) -> list[dict[str, object]]:
        """The environments and components, or only those of these names. Raises MflowError for names of nothing."""
        found = self._from_stacks(named_stacks(self.project, only_stacks)) if only_stacks else self._listed()
        _refuse_unknown("environment", only_environments, [str(environment["name"]) for environment in found])
        names = [str(component["name"]) for environment in found for component in _components(environment)]
        _refuse_unknown("component", only_components, names)
        return [
            {
                "name": environment["name"],
                "components": [
                    component
                    for component in _components(environment)
                    if not only_components or component["name"] in only_components
                ],
            }
            for environment in found
            if not only_environments or environment["name"] in only_environments
        ]

    def _listed(self) -> list[dict[str, object]]:
        if ENVIRONMENTS in self.variables:
            return self._from_variables()
        if self.project.stacks is not None:
            return self._from_stacks(stack_folder(self.project).stacks())
        return self._from_deployed()

    def _from_variables(self) -> list[dict[str, object]]:
        deployed = {str(environment["name"]): environment["components"] for environment in self._from_deployed()}
        found: list[dict[str, object]] = []
        for entry in environments_in(self.variables):
            name = str(entry["name"])
            path = "/".join(self._parts(entry))
            listed = cast("list[object] | None", entry.get("components"))
            components = (
                cast("list[dict[str, str]]", deployed.get(path, []))
                if listed is None
                else [_component(path, component_name(component)) for component in listed]
            )
            found.append({"name": name, "components": components})
        return found

    def _parts(self, entry: Mapping[str, object]) -> list[str]:
        """What makes up the environment's path: the entry's context values, else the vars', its name at the end."""
        keys = self.project.context
        values = {key: entry.get(key, self.variables.get(key)) for key in keys}
        if keys and keys[-1] not in entry:
            values[keys[-1]] = entry["name"]
        return [str(values[key]) for key in keys if values[key] is not None]

    def _from_stacks(self, stacks: Sequence[Stack]) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for stack in stacks:
            path = "/".join(environment_of(stack.vars, self.project.context).values())
            components = [_component(path, each.name) for each in components_of_stack(stack) if each.runs]
            if components:
                found.append({"name": stack.name, "components": components})
        return found

    def _from_deployed(self) -> list[dict[str, object]]:
        grouped: dict[str, list[dict[str, str]]] = {}
        for component in self.components.existing():
            name = unquote(component.folder.name)
            path = component.name.removesuffix(name).rstrip("/")
            grouped.setdefault(path or _NO_ENVIRONMENT, []).append({"name": name, "path": component.name})
        return [{"name": name, "components": components} for name, components in grouped.items()]


def named_stacks(project: Project, names: Sequence[str]) -> list[Stack]:
    """The stacks of these names, each once. Raises Problems for those that there are not, or that deploy nothing."""
    folder = stack_folder(project)
    problems: list[MflowError] = []
    found: dict[str, Stack] = {}
    for name in names:
        try:
            stack = folder.load(name)
            if not any(component.runs for component in components_of_stack(stack)):
                problems.append(MflowError(f"the stack {name!r} deploys nothing", code="drift.stack"))
            found[stack.file] = stack
        except MflowError as problem:
            problems.append(problem)
    if problems:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    return list(found.values())


def environments_in(variables: Variables) -> list[dict[str, object]]:
    """The vars' `environments` as mappings with a name. Raises MflowError for an entry of another form."""
    found: list[dict[str, object]] = []
    for number, entry in enumerate(variables.require(ENVIRONMENTS, list)):
        plain = {"name": entry} if isinstance(entry, str) else entry
        listed = plain.get("components") if isinstance(plain, dict) else None
        if (
            not isinstance(plain, dict)
            or not isinstance(plain.get("name"), str)
            or not (listed is None or isinstance(listed, list))
            or not all(component_name(component) for component in listed or [])
        ):
            raise MflowError(
                f"environment {number + 1} is neither a name nor a mapping with one",
                code="drift.environments",
                hint="write `environments: [{name: dev, components: [vpc, rds]}]`",
                where=variables.where(f"{ENVIRONMENTS}.{number}"),
            )
        found.append(plain)
    return found


def component_name(entry: object) -> str:
    """The name of a component that vars list by name or as a mapping with one; empty when it has none."""
    name = entry.get("name") if isinstance(entry, Mapping) else entry
    return name if isinstance(name, str) else ""


def look(components: Components, item: Mapping[str, object]) -> dict[str, object]:
    """Look at one component of the inventory. What goes wrong is part of what is found: nobody else has to stop."""
    path = str(item["path"])
    try:
        component = _existing(components, path)
        if component is None:
            return drift_as_plain(ComponentDrift(path, missing=True))
        return dict(component.drift())
    except Cancelled:
        raise
    except MflowError as error:
        return drift_as_plain(ComponentDrift(path, error=str(error)))


def report_of(laps: Sequence[Mapping[str, Any]], message: str) -> DriftReport:
    """The report from the laps of the loop over environments; `message` is the one that returned what was found."""
    environments: list[EnvironmentDrift] = []
    for lap in laps:
        inner: list[Any] = next((values["laps"] for values in lap["values"].values() if "laps" in values), [])
        found = tuple(drift_from_plain(each["values"][message]) for each in inner if message in each["values"])
        environments.append(EnvironmentDrift(str(lap["item"]["name"]), found))
    return DriftReport(tuple(environments))


def _existing(components: Components, path: str) -> Component | None:
    return next((component for component in components.existing() if component.name == path), None)


def _component(path: str, name: str) -> dict[str, str]:
    return {"name": name, "path": f"{path}/{name}" if path else name}


def _components(environment: Mapping[str, object]) -> list[dict[str, str]]:
    return cast("list[dict[str, str]]", environment["components"])


def _refuse_unknown(what: str, wanted: Sequence[str], known: Sequence[str]) -> None:
    for name in wanted:
        if name not in known:
            listed = ", ".join(dict.fromkeys(known))
            hint = did_you_mean(name, known) or (f"there are {listed}" if listed else "nothing is deployed")
            raise MflowError(f"there is no {what} {name!r}", code=f"drift.{what}", hint=hint)
