"""Which components of a stack have to be there before which others."""

from __future__ import annotations

import graphlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mermaid_flow.errors import Location, MflowError, did_you_mean
from mermaid_flow.inputs._stack_components import Manifest
from mermaid_flow.inputs._stack_names import name_by_pattern
from mermaid_flow.inputs.kinds import describe_value
from mermaid_flow.inputs.late import late_values
from mermaid_flow.inputs.paths import format_path
from mermaid_flow.inputs.stacks import Component, Stack, component, component_layers, components
from mermaid_flow.inputs.variables import Layer, Variables

_CONTEXT = ("namespace", "tenant", "environment", "stage")


@dataclass(frozen=True, slots=True)
class Dependency:
    """A component that has to be there first. `stack` is None for the same stack, else that stack's name."""

    component: str
    stack: str | None = None
    where: Location | None = None


def dependencies(stack: Stack, name: str) -> tuple[Dependency, ...]:
    """What has to be there before a component: what it says it depends on, and components whose outputs its vars take.

    A flat `depends_on: [vpc]` that names no component of the stack means those that instantiate the module `vpc`.
    Raises MflowError for a component that the stack does not define.
    """
    found: dict[tuple[str, str | None], Dependency] = {}
    for entry in _written(stack.manifest, component(stack, name).name):
        other = _other_stack(stack, entry)
        for target in [entry.component] if other else _instances(stack, name, entry):
            found.setdefault((target, other), Dependency(target, other, entry.where))
    for late in late_values(Variables(component_layers(stack, name))).values():
        other = late.stack if late.stack not in (None, stack.name, stack.file) else None
        if other is None and late.component not in stack.manifest.components:
            raise _undefined(stack, f"{name} takes an output of", late.component, late.where)
        if other or late.component != name:
            found.setdefault((late.component, other), Dependency(late.component, other, late.where))
    return tuple(found.values())


def in_dependency_order(stack: Stack) -> list[Component]:
    """The components that run, each after those of the same stack that it depends on.

    Raises MflowError when they depend on one another in a circle.
    """
    runnable = {each.name: each for each in components(stack) if each.runs}
    needs = {
        name: [
            need.component for need in dependencies(stack, name) if need.stack is None and need.component in runnable
        ]
        for name in runnable
    }
    try:
        return [runnable[name] for name in graphlib.TopologicalSorter(needs).static_order()]
    except graphlib.CycleError as error:
        # graphlib tells the circle from what is needed to who needs it.
        circle = " depends on ".join(reversed(error.args[1]))
        raise MflowError(
            f"components depend on one another: {circle}", code="stacks.cycle", where=runnable[error.args[1][0]].where
        ) from None


def _other_stack(stack: Stack, entry: _Entry) -> str | None:
    """The name of the other stack that a dependency means, or None when it means this one."""
    if entry.stack is not None:
        return None if entry.stack in (stack.name, stack.file) else entry.stack
    if all(stack.vars.get(token) == value for token, value in entry.context.items()):
        return None
    return name_by_pattern(stack.pattern, stack.vars.scoped(entry.context)) or "-".join(entry.context.values())


def _instances(stack: Stack, name: str, entry: _Entry) -> list[str]:
    names = stack.manifest.components
    if entry.component in names:
        return [entry.component]
    found = [each.name for each in components(stack) if each.module == entry.component and each.runs]
    if not found:
        raise _undefined(stack, f"{name} depends on", entry.component, entry.where)
    return [each for each in found if each != name]


def _undefined(stack: Stack, what: str, missing: str, where: Location | None) -> MflowError:
    return MflowError(
        f"{what} {missing!r}, which the stack does not define",
        code="stacks.dependency",
        hint=did_you_mean(missing, stack.manifest.components),
        where=where,
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A dependency as it is written. `context` are the tenant, stage, … by which older stacks name another stack."""

    component: str
    stack: str | None
    context: Mapping[str, str]
    where: Location | None


def _written(manifest: Manifest, name: str) -> Iterator[_Entry]:
    """What a component says it depends on: `dependencies.components`, or, without that, `settings.depends_on`; and the
    flat list `depends_on` that some repositories write. Raises MflowError for what is none of their forms."""
    declared = Variables(manifest.section_layers(name, "dependencies"))
    settings = Variables(manifest.section_layers(name, "settings"))
    flat = Variables(
        [
            Layer(layer.name, {"depends_on": layer.values["depends_on"]}, layer.places, layer.prefix)
            for each in (*manifest.bases(name), name)
            for layer in manifest.layers("components", "terraform", each)
            if "depends_on" in layer.values
        ]
    )
    if "components" in declared:
        yield from _entries(declared, "components", "dependencies.components")
    else:
        yield from _entries(settings, "depends_on", "settings.depends_on")
    yield from _entries(flat, "depends_on", "depends_on")


def _entries(written: Variables, section: str, shown: str) -> Iterator[_Entry]:
    value = written.get(section)
    if not isinstance(value, list | dict | None):
        raise MflowError(
            f"`{shown}` must be a list of components, but is {describe_value(value)}",
            code="stacks.dependency",
            where=written.where(section),
        )
    items = value.items() if isinstance(value, dict) else enumerate(value or [])
    for key, item in items:
        where = written.where(format_path((section, key)))
        entry = {"component": item} if isinstance(item, str) else item
        if isinstance(entry, dict) and (entry.get("kind") in ("file", "folder") or {"file", "folder"} & entry.keys()):
            continue  # files that matter to what is affected, not to the order
        needed = (entry.get("component") or entry.get("name")) if isinstance(entry, dict) else None
        if not isinstance(needed, str):
            raise MflowError(f"a dependency in `{shown}` names no component", code="stacks.dependency", where=where)
        stack = entry.get("stack")
        context = {token: str(entry[token]) for token in _CONTEXT if entry.get(token) is not None}
        yield _Entry(needed, str(stack) if stack is not None else None, context, where)
