"""Atmos stacks as inputs: the vars of `vpc/main` in the stack `acme-dev`, with every layer that had a say in them.

Read here is what stacks of users hold: imports, scopes, inheritance, overrides, dependencies, `!env`, outputs of other
components. What needs Atmos itself (Go templates, stores, imports with context) is an error with its place, and the way
out is the output of `atmos describe component` as a vars file. docs/inputs.md says what is read and how it merges.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mermaid_flow.errors import Location, MflowError, Problems, did_you_mean
from mermaid_flow.inputs._stack_components import Manifest
from mermaid_flow.inputs._stack_files import StackFile, StackFiles
from mermaid_flow.inputs._stack_names import name_by_pattern, read_settings
from mermaid_flow.inputs.late import unread_values
from mermaid_flow.inputs.layers import Inputs, load_inputs
from mermaid_flow.inputs.paths import lookup
from mermaid_flow.inputs.variables import Layer, Variables

_NO_STACKS = ("catalog/**/*", "mixins/**/*", "**/_*")


@dataclass(frozen=True, slots=True)
class Component:
    """A Terraform component of a stack, such as `vpc/main`. `module` is the folder of Terraform code that it uses."""

    name: str
    module: str
    abstract: bool = False
    """True for a base that is only inherited from and never runs."""
    enabled: bool = True
    locked: bool = False
    bases: tuple[str, ...] = ()
    where: Location | None = None

    @property
    def runs(self) -> bool:
        """Whether the component is deployed at all."""
        return self.enabled and not self.abstract


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack with all its imports. `name` is what Atmos calls it, `file` its path below the stacks folder."""

    name: str
    file: str
    manifest: Manifest = field(repr=False)
    warnings: tuple[MflowError, ...] = field(default=(), repr=False)
    """Names that nothing reads, such as `imports:`."""
    pattern: str | None = field(default=None, repr=False)

    @property
    def vars(self) -> Variables:
        """The vars that hold for the whole stack: tenant, environment, region, …"""
        return Variables([*self.manifest.layers("vars"), *self.manifest.layers("terraform", "vars")])


class StackFolder:
    """A folder of stacks (`base`, often `stacks/`). Each file in it is read once. Not safe for several threads.

    `environment` is what `!env` reads; the process environment when it is not given.
    """

    def __init__(self, base: Path, environment: Mapping[str, str] | None = None) -> None:
        if not base.is_dir():
            raise MflowError(f"there is no folder of stacks {base}", code="stacks.folder")
        self._files = StackFiles(base, os.environ if environment is None else environment)
        self._settings = read_settings(base)

    def stack_files(self) -> list[str]:
        """The files that are stacks of their own, by name, sorted.

        Those that `atmos.yaml` includes; without one, those outside `catalog/` and `mixins/` whose name does not begin
        with `_` and that no other file imports.
        """
        return sorted(self._stack_paths())

    def _stack_paths(self) -> dict[str, Path]:
        matched = self._matching(self._settings.included or ("**/*",)) - self._matching(self._settings.excluded)
        if not self._settings.included:
            matched -= self._matching(_NO_STACKS)
            matched -= {imported for path in self._files.paths() for imported in self._imported_by(path)}
        return {self._files.name(path): path for path in sorted(matched)}

    def load(self, name: str) -> Stack:
        """The stack of that name: a file below the folder, the end of its path, or what Atmos calls the stack.

        Raises MflowError for a stack that is not there or not clear, and for broken files and imports.
        """
        if path := self._files.find(name):
            return self._read(path)
        files = self._stack_paths()
        ending = [file for file in files if file.endswith(f"/{name}")]
        found = ending or [stack.file for stack in self._readable(files.values()) if stack.name == name]
        if len(found) == 1:
            return self._read(files[found[0]])
        if found:
            raise MflowError(
                f"several files are the stack {name!r}: {', '.join(found)}", code="stacks.unclear", hint="name the file"
            )
        hint = did_you_mean(name, [*files, *(file.rpartition("/")[2] for file in files)])
        raise MflowError(
            f"there is no stack {name!r} in {self._files.base}",
            code="stacks.unknown",
            hint=hint or f"stacks: {', '.join(files)}",
        )

    def stacks(self) -> list[Stack]:
        """All stacks. Raises Problems for those that cannot be read and for components that are defined twice."""
        problems: list[MflowError] = []
        stacks: list[Stack] = []
        for path in self._stack_paths().values():
            try:
                stacks.append(self._read(path))
            except MflowError as problem:
                problems.append(problem)
        problems.extend(_defined_twice(stacks))
        if problems:
            raise Problems(problems)
        return stacks

    def _readable(self, paths: Iterable[Path]) -> Iterator[Stack]:
        """The stacks that can be read: a broken one must not hide another that somebody names."""
        for path in paths:
            with contextlib.suppress(MflowError):
                yield self._read(path)

    def _read(self, path: Path) -> Stack:
        root = self._files.read(path)
        files = tuple(self._files.in_merge_order(root))
        overrides = tuple((file, self._scope(file)) for file in files if _has_overrides(file))
        manifest = Manifest(files, overrides)
        warnings = tuple(warning for file in files for warning in file.warnings)
        stack = Stack(root.name, root.name, manifest, warnings, self._settings.pattern)
        declared = lookup(root.document.value, ("name",), None)
        called = declared if isinstance(declared, str) else name_by_pattern(stack.pattern, stack.vars)
        return replace(stack, name=called or root.name)

    def _scope(self, file: StackFile) -> frozenset[str]:
        """The components that a file and its imports define: those that its overrides hold for."""
        return frozenset(name for part in self._files.in_merge_order(file) for name in part.components)

    def _matching(self, patterns: Iterable[str]) -> set[Path]:
        return {path for pattern in patterns for path in self._files.matching(pattern)}

    def _imported_by(self, path: Path) -> list[Path]:
        """What a file imports; nothing when it cannot be read, which is told when it is loaded."""
        with contextlib.suppress(MflowError):
            return [entry.path for entry in self._files.imports(self._files.read(path))]
        return []


def load_stack(base: Path, name: str, environment: Mapping[str, str] | None = None) -> Stack:
    """The stack `name` of the folder `base`. See `StackFolder`, which reads several without reading files twice."""
    return StackFolder(base, environment).load(name)


def components(stack: Stack) -> list[Component]:
    """The Terraform components of a stack, abstract and disabled ones too, in order of appearance."""
    return [component(stack, name) for name in stack.manifest.components]


def component(stack: Stack, name: str) -> Component:
    """One component. Raises MflowError when the stack does not define it or its inheritance is broken."""
    if name not in stack.manifest.components:
        raise MflowError(
            f"the stack {stack.name} has no component {name!r}",
            code="stacks.unknown_component",
            hint=did_you_mean(name, stack.manifest.components),
        )
    metadata = stack.manifest.metadata(name)
    own = stack.manifest.layers("components", "terraform", name)
    legacy = next((layer.values["component"] for layer in reversed(own) if "component" in layer.values), name)
    last = next(file for file in reversed(stack.manifest.files) if name in file.components)
    return Component(
        name,
        metadata.get("component", str, str(legacy)),
        abstract=metadata.get("type") == "abstract",
        enabled=metadata.get("enabled", bool, True),
        locked=metadata.get("locked", bool, False),
        bases=tuple(stack.manifest.bases(name)),
        where=last.document.where(("components", "terraform", name), "key"),
    )


def component_layers(stack: Stack, name: str) -> list[Layer]:
    """The layers of a component's vars, the winner last, for `load_inputs(base=…)` and for `explain`."""
    return stack.manifest.section_layers(component(stack, name).name, "vars")


def component_inputs(
    stack: Stack,
    name: str,
    files: Sequence[Path] = (),
    sets: Sequence[str] = (),
    *,
    decision_names: Iterable[str] = (),
) -> Inputs:
    """What a component of a stack is run with; vars `files` and `sets` lie over the stack as in `load_inputs`.

    Raises MflowError for an abstract or disabled component, and Problems when a value that is left after merging still
    holds a Go template or a tag of Atmos' own.
    """
    wanted = component(stack, name)
    if not wanted.runs:
        reason = "abstract: other components inherit from it" if wanted.abstract else "disabled by `metadata.enabled`"
        raise MflowError(f"{name} is {reason}", code="stacks.not_runnable", where=wanted.where)
    inputs = load_inputs(files, sets, decision_names=decision_names, base=component_layers(stack, name))
    problems = [*unread_values(stack.manifest.metadata(name)), *unread_values(inputs.variables)]
    if problems:
        raise Problems(problems)
    return inputs


def _has_overrides(file: StackFile) -> bool:
    return bool(file.section("overrides") or file.section("terraform", "overrides"))


def _defined_twice(stacks: Sequence[Stack]) -> Iterator[MflowError]:
    """Two files may be one stack, but not define one component both: then it would depend on the file named."""
    seen: dict[tuple[str, str], Component] = {}
    for stack in stacks:
        for each in components(stack):
            first = seen.setdefault((stack.name, each.name), each)
            if first is not each and each.runs and first.runs:
                yield MflowError(
                    f"{each.name} is defined twice in the stack {stack.name}, first at {first.where}",
                    code="stacks.duplicate",
                    where=each.where,
                )
