"""Runs take their vars from Atmos stacks, and outputs from the stack's other components."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.session.prepare import Request, check, prepare
from mermaid_flow.session.project import Project
from mermaid_flow.session.run import start

STACK = """
vars: {environment: dev, stage: test}
components:
  terraform:
    thing/first:
      metadata: {component: thing}
      vars: {name: first, size: 2}
    thing/second:
      metadata: {component: thing}
      vars:
        name: !terraform.output thing/first thing
        more_enabled: true
"""


@pytest.fixture
def stacked(project: Project) -> Project:
    """The small project with a stack of two components; the second takes an output of the first."""
    stacks = project.folder / "stacks"
    stacks.mkdir()
    (stacks / "dev.yaml").write_text(STACK)
    return replace(project, stacks=stacks)


def request(component: str) -> Request:
    return Request("shop", stack="dev", component=component)


@pytest.mark.terraform
def test_components_run_with_their_vars_and_with_outputs_of_others(stacked: Project) -> None:
    with pytest.raises(MflowError, match="has not been deployed yet") as raised:
        prepare(stacked, request("thing/second"))
    assert raised.value.problems[0].where is not None  # type: ignore[attr-defined]  # Problems of one
    for component in ("thing/first", "thing/second"):
        ready = prepare(stacked, request(component))
        found = check(ready)
        run = start(ready, options=Options())
        run.carry_out()
    record = RunRecord.open(run.folder)
    assert record.components["dev/thing/second"].outputs == {"thing": "first:2:1"}
    [warning] = found.warnings
    assert "more_enabled" in warning.message
    assert warning.hint == "did you mean 'enable_more'?"
    broken = stacked.folder / "stacks" / "dev.yaml"
    broken.write_text(STACK.replace("thing/first thing", "thing/first other"))
    with pytest.raises(Problems, match="has no output 'other'"):
        prepare(stacked, request("thing/second"))


def test_a_stack_or_component_that_is_not_there_is_named(stacked: Project) -> None:
    with pytest.raises(MflowError, match="no stack 'dve'"):
        prepare(stacked, Request("shop", stack="dve", component="thing/first"))
    with pytest.raises(MflowError, match="thing/frist"):
        prepare(stacked, request("thing/frist"))
    with pytest.raises(MflowError, match="this project has no stacks"):
        prepare(replace(stacked, stacks=None), request("thing/first"))
