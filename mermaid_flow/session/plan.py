"""What a run would do, without doing it: the path, the answers, and Terraform's plan of every component.

A saved plan is a review, not a recipe: `mflow run --plan` plans afresh and applies only what equals the review.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from mermaid_flow.engine.folder import digest
from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.graph.model import Role
from mermaid_flow.handlers.calls import HandlerResult
from mermaid_flow.handlers.registry import sort_out
from mermaid_flow.session.bindings import KnownLater
from mermaid_flow.session.contexts import dry_context
from mermaid_flow.session.nested import prepare_nested
from mermaid_flow.session.preflight import Step, Walk
from mermaid_flow.session.prepare import Prepared, Request, check
from mermaid_flow.session.run import component_settings
from mermaid_flow.terraform.plan import ComponentPlan, plan_as_json, plan_from_json
from mermaid_flow.terraform.workspace import TerraformComponents

FORMAT = 1


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The expected run of one diagram. `nested` are the plans of its sub-workflows."""

    diagram: str
    sha256: str
    request: Request
    steps: tuple[Step, ...]
    components: tuple[ComponentPlan, ...]
    nested: tuple[RunPlan, ...] = ()
    warnings: tuple[MflowError, ...] = ()

    def all_components(self) -> tuple[ComponentPlan, ...]:
        """The components of the diagram and of its sub-workflows."""
        return (*self.components, *(plan for inner in self.nested for plan in inner.all_components()))


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan that was reviewed: the request that it was made for, its path and answers, its component plans."""

    sha256: str
    request: Request
    path: tuple[tuple[str, tuple[str, ...]], ...]
    components: Mapping[str, ComponentPlan]
    data: Mapping[str, object]
    """The plan as it was saved: `read` makes the same of it on another machine."""


def plan(prepared: Prepared) -> RunPlan:
    """Plan a diagram; changes nothing. Raises Problems, and TerraformFailed when Terraform refuses."""
    found = check(prepared)
    prepared.target.ensure()
    inner = [
        prepare_nested(prepared, step.node.label)
        for step in found.steps
        if step.node.role is Role.SUBWORKFLOW and not step.handler and step.node.id not in prepared.left_out
    ]
    # What the messages of a sequence diagram do is known when they have been sent.
    nested = tuple(plan(diagram) for diagram in inner if isinstance(diagram, Prepared))
    components = _opened(prepared)
    try:
        steps, missing = _with_outputs(prepared, found, components)
        return RunPlan(
            prepared.name,
            digest(prepared.source.text),
            prepared.request,
            steps,
            _component(prepared, steps, components),
            nested,
            (*found.warnings, *missing),
        )
    finally:
        components.close()


def _opened(prepared: Prepared) -> TerraformComponents:
    settings = component_settings(prepared, "plan", prepared.project.logs, observe=lambda _report: None, plan_only=True)
    return TerraformComponents(
        settings,
        diagram=prepared.name,
        labels={node.id: node.label for node in prepared.graph.nodes.values()},
        environment=prepared.environment,
    )


def _with_outputs(
    prepared: Prepared, found: Walk, components: TerraformComponents
) -> tuple[tuple[Step, ...], tuple[MflowError, ...]]:
    """The steps, with what those declare that need outputs of other components; and why some cannot declare it yet."""
    steps: list[Step] = []
    missing: dict[str, MflowError] = {}
    values = dict(found.values)
    run = prepared.run_info("plan", prepared.project.state)
    for step in found.steps:
        handler = prepared.bindings.handler(step.node)
        if handler is not None and step.declares_later and step.certain:
            dry = dry_context(run, step.node, prepared.graph, prepared.inputs.variables, values)
            try:
                returned = handler.function(replace(dry, components=components))
                result = sort_out(cast("HandlerResult", returned), handler.name)
            except KnownLater:
                pass
            except MflowError as error:
                missing.setdefault(error.message, error)
            else:
                values[step.node.id] = result.values
                step = replace(step, declarations=result.declarations, later="", declares_later=False)  # noqa: PLW2901
        steps.append(step)
    return tuple(steps), tuple(missing.values())


def _component(
    prepared: Prepared, steps: tuple[Step, ...], components: TerraformComponents
) -> tuple[ComponentPlan, ...]:
    """The plan of the diagram's own component; none while it is not known what all of its boxes declare."""
    declaring = [step for step in steps if step.declarations and step.certain]
    if not declaring or any(step.declares_later and step.certain for step in steps):
        return ()
    component = components.open(prepared.component)
    for step in declaring:
        component.declare(step.node.id, step.declarations)
    # A node that is on no path any more gives its resources up only when the whole path is known.
    whole = not prepared.left_out and all(step.certain for step in steps)
    return (component.plan(prune=whole),)


def as_json(planned: RunPlan) -> dict[str, object]:
    """The plan as plain data: what `--format json` prints and `--out` saves."""
    return {
        "format": FORMAT,
        "diagram": planned.diagram,
        "sha256": planned.sha256,
        "request": asdict(planned.request),
        "steps": [_step(step) for step in planned.steps],
        "components": [plan_as_json(component) for component in planned.components],
        "nested": [as_json(inner) for inner in planned.nested],
    }


def load(file: Path) -> SavedPlan:
    """Read a saved plan. Raises MflowError for a file that is none."""
    try:
        return read(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MflowError(f"{file} is no saved plan: {error}", code="plan.file") from error


def read(saved: Mapping[str, Any]) -> SavedPlan:
    """The plan that was saved as this. Raises ValueError, KeyError, TypeError or AttributeError when it is none."""
    if saved["format"] != FORMAT:
        raise ValueError(f"it has format {saved['format']}")
    request: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in saved["request"].items()
    }
    return SavedPlan(saved["sha256"], Request(**request), _path(saved["steps"]), dict(_saved_components(saved)), saved)


def compare(saved: SavedPlan, prepared: Prepared, found: Walk) -> None:
    """Raise Problems when the diagram, the path or an answer is not the reviewed one."""
    problems: list[MflowError] = []
    if saved.sha256 != digest(prepared.source.text):
        problems.append(MflowError("the diagram has changed since it was reviewed", code="plan.diagram"))
    if saved.request.selection != prepared.request.selection:
        hint = "give --only and what belongs to it as they were given to `mflow plan`"
        problems.append(MflowError("another part of the diagram was reviewed", code="plan.selection", hint=hint))
    reviewed, fresh = dict(saved.path), dict(_path([_step(step) for step in found.steps]))
    for node in dict.fromkeys([*reviewed, *fresh]):
        if node not in fresh:
            problems.append(MflowError(f"{node} was on the reviewed path and is not any more", code="plan.path"))
        elif node not in reviewed:
            problems.append(MflowError(f"{node} is on the path and was not when it was reviewed", code="plan.path"))
        elif reviewed[node] != fresh[node]:
            was, now = (", ".join(labels) or "not known" for labels in (reviewed[node], fresh[node]))
            problems.append(MflowError(f"{node}: the answer was {was}, now it is {now}", code="plan.answer"))
    if problems:
        raise Problems(problems)


def _saved_components(saved: Mapping[str, object]) -> list[tuple[str, ComponentPlan]]:
    components, nested = saved["components"], saved["nested"]
    if not isinstance(components, list) or not isinstance(nested, list):
        raise TypeError("components and nested are lists")
    own = [plan_from_json(component) for component in components]
    return [
        *((component.component, component) for component in own),
        *(e for n in nested for e in _saved_components(n)),
    ]


def _path(steps: list[dict[str, object]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    path: list[tuple[str, tuple[str, ...]]] = []
    for step in steps:
        answer = step.get("answer")
        labels = answer["labels"] if isinstance(answer, Mapping) else ()
        path.append((str(step["node"]), tuple(labels)))
    return tuple(path)


def _step(step: Step) -> dict[str, object]:
    data: dict[str, object] = {
        "node": step.node.id,
        "label": step.node.label,
        "role": step.node.role.value,
        "wave": step.wave,
        "handler": step.handler,
        "later": step.later,
        "certain": step.certain,
    }
    if step.answer is not None:
        answer = step.answer
        data["answer"] = {"labels": list(answer.labels), "source": answer.source, "where": answer.where}
    return data
