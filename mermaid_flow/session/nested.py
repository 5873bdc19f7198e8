"""Sub-workflows: a visit that runs another diagram of the project, its run nested in the visit's folder."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.nested_runs import run_name
from mermaid_flow.engine.ports import Visit
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError, RunFailed
from mermaid_flow.session.prepare import Request
from mermaid_flow.session.project import Project
from mermaid_flow.session.sequence import AnyPrepared, prepare_diagram
from mermaid_flow.session.stacks import environment_of

if TYPE_CHECKING:
    from mermaid_flow.session.run import Run

_ANSWERS = {
    EventType.NODE_WAITING: "{diagram} waits for an answer: mflow approve {run} {node}",
    EventType.NODE_APPROVED: "{diagram} has its answer from {by}",
    EventType.NODE_REJECTED: "{diagram} has its answer from {by}",
}
"""What the outer run is told of the inner one."""

DEEPEST = 8
"""Levels of nesting: a diagram that contains itself is a mistake, found here at the latest."""


def run_nested(
    outer: Run,
    start: Callable[..., Run],
    visit: Visit,
    name: str,
    vars: Mapping[str, object] | None = None,  # noqa: A002 - what handlers call it
) -> Mapping[str, object]:
    """Run the diagram `name` with the outer run's vars and `vars` laid over them; `start` makes the inner run.

    Returns what its nodes returned, by node id, and under `outputs` the outputs of its component. Raises MflowError
    when there is no such diagram or it contains itself, RunFailed when it did not succeed.
    """
    prepared = prepare_nested(outer.prepared, name, vars)
    depth = len(outer.folder.path.relative_to(outer.prepared.project.runs).parts) // 5
    if depth >= DEEPEST:
        raise MflowError(f"{name} is nested {depth} levels deep", code="nested.depth", hint="does it contain itself?")
    inner = start(
        prepared,
        options=replace(outer.options, limits={}),
        runs=visit.folder / "runs",
        parent=outer.folder.id,
        owners=outer.owners,
        node=outer.node or visit.node.id,
    )
    inner.observers.append(lambda event: _pass_on(event, visit, inner))
    told = {"level": "info", "message": f"runs {name} as {inner.folder.id}", "run": inner.folder.id}
    visit.emit(Event(EventType.NOTICE, visit.node.id, data=told))
    outer.nested.append(inner)
    try:
        status = inner.carry_out()
    finally:
        outer.nested.remove(inner)
    record = RunRecord.open(inner.folder)
    if status is not RunStatus.SUCCEEDED:
        failed = [node.label for node in record.nodes.values() if node.status == "failed"]
        raise RunFailed(
            f"the diagram {name} ended as {status}" + (f": {', '.join(failed)} failed" if failed else ""),
            code="nested.failed",
            hint=f"mflow show {run_name(inner.folder.metadata, inner.folder.path)}",
        )
    values: dict[str, object] = {
        node.id: dict(node.last.values) for node in record.nodes.values() if node.last and node.last.values
    }
    outputs: dict[str, object] = {}
    for component in record.components.values():
        outputs.update(component.outputs)
    return {**values, "outputs": outputs}


def _pass_on(event: Event, visit: Visit, inner: Run) -> None:
    """Say in the outer run when the inner one waits for a person, and when it has its answer.

    Nobody sees the inner one's events unasked. What it was told from further inside is passed on as it is.
    """
    name = run_name(inner.folder.metadata, inner.folder.path)
    if event.type is EventType.NOTICE and "inner" in event.data:
        visit.emit(Event(EventType.NOTICE, visit.node.id, data=event.data))
    elif event.type in _ANSWERS and not inner.options.auto_approve:
        said = _ANSWERS[event.type].format(
            run=name, node=shlex.quote(event.node or ""), by=event.data.get("by"), diagram=inner.prepared.name
        )
        data = {"level": "info", "message": said, "inner": name}
        visit.emit(Event(EventType.NOTICE, visit.node.id, data=data))


def prepare_nested(
    outer: AnyPrepared,
    name: str,
    vars: Mapping[str, object] | None = None,  # noqa: A002
) -> AnyPrepared:
    """The sub-workflow `name`, given as a file's name or a box's label, with the outer diagram's vars."""
    request = Request(
        diagram=diagram_name(outer.project, name) or name,
        vars=outer.request.vars,
        target=outer.target.name,
        skip_unchanged=outer.skips_unchanged,
    )
    inner = prepare_diagram(outer.project, request, region=outer.target.region)
    variables = outer.inputs.variables.scoped(vars or {}, f"sub-workflow of {outer.name}")
    environment = environment_of(variables, outer.project.context)
    inputs = replace(inner.inputs, variables=variables)
    return replace(inner, inputs=inputs, environment=environment, target=outer.target)


def diagram_name(project: Project, name: str) -> str | None:
    """The file of a diagram, by its own name or by the label of a box (*API Gateway* is api-gateway), or None."""
    known = {file.stem: file for file in project.diagram_files()}
    found = known.get(name) or known.get("-".join(name.casefold().split()))
    return str(found) if found else None
