"""Atmos stacks as the inputs of a run: a component of a stack, with the outputs that it takes from other components."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.inputs.late import LateBound, bind, late_values
from mermaid_flow.inputs.layers import Inputs
from mermaid_flow.inputs.paths import lookup
from mermaid_flow.inputs.stacks import StackFolder, component_inputs
from mermaid_flow.inputs.variables import Variables
from mermaid_flow.session.project import Project, near
from mermaid_flow.terraform.settings import Settings
from mermaid_flow.terraform.workspace import TerraformComponents


def stack_inputs(
    project: Project,
    stack: str,
    component: str,
    files: Sequence[Path],
    sets: Sequence[str],
    decision_names: Iterable[str],
) -> tuple[Inputs, tuple[MflowError, ...]]:
    """What a component of a stack is run with, and what the stack's files are warned of. Raises MflowError."""
    found = stack_folder(project).load(stack)
    return component_inputs(found, component, files, sets, decision_names=decision_names), found.warnings


def stack_folder(project: Project) -> StackFolder:
    """The project's stacks. Raises MflowError when mflow.yaml names no folder."""
    if project.stacks is None:
        raise MflowError(
            "this project has no stacks", code="stacks.folder", hint="name their folder in mflow.yaml: `stacks: stacks`"
        )
    return StackFolder(near(project.stacks))


def environment_of(variables: Variables, context: Iterable[str]) -> dict[str, str]:
    """The context vars that make up a component's path: tenant, account, environment."""
    return {key: str(value) for key in context if (value := variables.get(key)) is not None}


def with_outputs(inputs: Inputs, project: Project, settings: Settings, environment: Mapping[str, str]) -> Inputs:
    """The inputs with outputs of other components in place of their late-bound references.

    Raises Problems with one error for each output that is not there: its component has to be run first.
    """
    if not late_values(inputs.variables):
        return inputs
    components = TerraformComponents(settings, diagram="", labels={}, environment=environment)
    known: dict[tuple[str, str | None], Mapping[str, object]] = {}
    problems: list[MflowError] = []

    def find(value: LateBound) -> object:
        key = (value.component, value.stack)
        try:
            if key not in known:
                known[key] = _outputs(value, components, project)
            found = lookup(known[key], (value.output, *value.path), None)
            if found is None:
                raise MflowError(
                    f"the component {value.component} has no output {value.output!r}", code="stacks.output"
                )
        except MflowError as error:
            problems.append(MflowError(error.message, code=error.code, hint=error.hint, where=value.where))
            return value
        return found

    try:
        variables = bind(inputs.variables, find)
    finally:
        components.close()
    if problems:
        raise Problems(problems)
    return replace(inputs, variables=variables)


def _outputs(value: LateBound, components: TerraformComponents, project: Project) -> Mapping[str, object]:
    environment = None
    if value.stack is not None:
        environment = environment_of(stack_folder(project).load(value.stack).vars, project.context)
    component = components.open(value.component, environment=environment)
    if not component.folder.is_dir():
        raise MflowError(
            f"the component {component.name} has not been deployed yet",
            code="stacks.output",
            hint=f"run it first: mflow run DIAGRAM --stack … --component {value.component}",
        )
    return dict(component.outputs())
