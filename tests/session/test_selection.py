"""Runs and plans of a part of a diagram, with real Terraform and a module that needs no provider."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.selection import LEFT_OUT, Selection
from mermaid_flow.session.plan import as_json, compare, load, plan
from mermaid_flow.session.prepare import Prepared, Request, check, prepare, recorded_request
from mermaid_flow.session.project import Project
from mermaid_flow.session.run import Run, start

pytestmark = pytest.mark.terraform


def prepared(project: Project, *sets: str, only: tuple[str, ...] = ()) -> Prepared:
    return prepare(project, Request("shop", ("vars.yaml",), sets, only=only))


def carried_out(run: Run) -> RunRecord:
    run.carry_out()
    return RunRecord.open(run.folder)


def run(project: Project, *sets: str, only: tuple[str, ...] = ()) -> RunRecord:
    return carried_out(start(prepared(project, *sets, only=only), options=Options()))


def test_a_part_of_the_diagram_runs_and_the_rest_stays_as_it_was(project: Project) -> None:
    run(project, "enable_more=true")
    part = prepared(project, "enable_more=true", "size=7", only=("Show",))
    check(part)
    assert not plan(part).components  # nothing that is selected declares before the run
    record = carried_out(start(part, options=Options()))
    assert record.status == "succeeded"
    assert {node.id: node.last.skipped for node in record.nodes.values() if node.last and node.last.skipped} == {
        "Make": LEFT_OUT,
        "More": LEFT_OUT,
    }
    assert record.nodes["Show"].last is not None
    assert record.nodes["Show"].last.values == {"thing": "shop:3"}  # as the run before has left it
    assert recorded_request(record.metadata, (), ()).selection == Selection(("Show",))
    whole = carried_out(
        start(prepared(project, "enable_more=true"), options=Options(), taken_over=RunFolder.open(record.path))
    )
    assert whole.nodes["Make"].last is not None and whole.nodes["Make"].last.skipped is None


def test_a_selected_part_declares_beside_what_is_there(project: Project) -> None:
    run(project, "enable_more=true")
    applied = run(project, "enable_more=true", "size=7", only=("Make",)).components["dev/shop"]
    assert applied.outputs == {"thing": "shop:7"}
    assert applied.applied is not None and applied.applied.destroy == 0


def test_a_plan_is_for_the_part_that_was_reviewed(project: Project, tmp_path: Path) -> None:
    part = prepared(project, only=("Make",))
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(as_json(plan(part))))
    compare(load(file), part, check(part))
    whole = prepared(project)
    with pytest.raises(MflowError, match="another part of the diagram was reviewed"):
        compare(load(file), whole, check(whole))


def test_unchanged_components_are_left_alone_when_the_run_or_the_project_says_so(project: Project) -> None:
    def seconds(project: Project, skip: bool | None) -> float | None:
        request = Request("shop", ("vars.yaml",), skip_unchanged=skip)
        record = carried_out(start(prepare(project, request), options=Options()))
        assert recorded_request(record.metadata, (), ()).skip_unchanged is skip
        return record.components["dev/shop"].seconds

    assert seconds(project, None)
    assert seconds(project, True) == 0
    assert seconds(project, None)
    assert seconds(replace(project, skip_unchanged=("shop",)), None) == 0
    assert seconds(replace(project, skip_unchanged=("shop",)), False)
