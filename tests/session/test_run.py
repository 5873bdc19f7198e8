"""A run from beginning to end, with real Terraform and a module that needs no provider."""

from __future__ import annotations

import json

import pytest

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.session.destroy import destroy
from mermaid_flow.session.plan import as_json, compare, load, plan
from mermaid_flow.session.prepare import Prepared, Request, check, prepare, recorded_request
from mermaid_flow.session.project import Project
from mermaid_flow.session.run import Run, resume, start

pytestmark = pytest.mark.terraform


def prepared(project: Project, *sets: str) -> Prepared:
    return prepare(project, Request("shop", ("vars.yaml",), sets))


def carried_out(run: Run) -> RunRecord:
    run.carry_out()
    return RunRecord.open(run.folder)


def run(project: Project, *sets: str) -> RunRecord:
    ready = prepared(project, *sets)
    check(ready)
    return carried_out(start(ready, options=Options()))


def test_declarations_become_resources_and_outputs(project: Project) -> None:
    record = run(project)
    assert record.status == "succeeded"
    last = record.nodes["Show"].last
    assert last is not None and last.values == {"thing": "shop:3"}
    [resource] = [r for visit in record.nodes["Make"].visits for r in visit.resources]
    assert (resource.address, resource.state) == ("module.thing.terraform_data.this", "complete")
    assert record.components["dev/shop"].outputs == {"thing": "shop:3"}
    assert record.nodes["More"].status == "skipped"
    [decision] = record.decisions
    assert decision.source == "function"


def test_a_second_run_changes_nothing_and_another_path_prunes(project: Project) -> None:
    run(project, "enable_more=true")
    again = run(project, "enable_more=true").components["dev/shop"]
    assert again.applied is not None and not again.applied
    less = run(project).components["dev/shop"]
    assert less.applied is not None and less.applied.destroy == 1


def test_secrets_reach_neither_log_nor_record(project: Project) -> None:
    record = run(project, "db_password=hunter2hunter2")
    last = record.nodes["Show"].last
    assert last is not None
    assert "password is ***" in last.log.read_text()
    for file in record.path.rglob("*"):
        assert not file.is_file() or b"hunter2" not in file.read_bytes(), file


def test_a_failed_run_is_resumed_where_it_failed(project: Project) -> None:
    handlers = project.handlers / "shop.py"
    failing = handlers.read_text().replace("outputs = dict(", "(context.run.project / 'ok').stat(); outputs = dict(")
    handlers.write_text(failing)
    failed = run(project)
    assert failed.status == "failed"
    (project.folder / "ok").touch()
    request = recorded_request(failed.metadata, (), ())
    record = carried_out(resume(prepare(project, request), RunFolder.open(failed.path), options=Options()))
    assert record.status == "succeeded"
    assert len(record.nodes["Make"].visits) == 1
    assert [visit.reset is None for visit in record.nodes["Show"].visits].count(True) == 1


def test_everything_that_is_wrong_is_told_before_anything_runs(project: Project) -> None:
    ready = prepare(project, Request("shop", (), ("size=big", "enable_more=maybe", "Nothing=1")))
    with pytest.raises(Problems) as raised:
        check(ready)
    text = str(raised.value)
    for expected in ("name", "enable_more", "--set Nothing", "size"):
        assert expected in text
    assert not project.runs.exists()
    with pytest.raises(MflowError, match="size is over 100"):
        check(prepared(project, "size=101"))


def test_unknown_arguments_of_modules_are_told_beforehand(project: Project) -> None:
    handlers = project.handlers / "shop.py"
    handlers.write_text(handlers.read_text().replace('"size": context', '"sise": context'))
    with pytest.raises(MflowError, match="sise"):
        check(prepared(project))


def test_variables_that_nothing_reads_are_warned_of(project: Project) -> None:
    vars_file = project.folder / "vars.yaml"
    vars_file.write_text(vars_file.read_text() + "more_enabled: true\n")
    [warning] = check(prepared(project)).warnings
    assert "more_enabled" in warning.message
    assert warning.hint == "did you mean 'enable_more'?"
    assert warning.where is not None and warning.where.line == 4


def test_a_plan_shows_path_answers_and_changes_and_changes_nothing(project: Project) -> None:
    planned = plan(prepared(project))
    [component] = planned.components
    assert component.count("create") == 1
    answers = {step.node.id: step.answer.labels for step in planned.steps if step.answer}
    assert answers == {"MoreWanted": ("No",)}
    assert {step.node.id: step.later for step in planned.steps if step.later} == {"Show": "runs a handler with effects"}
    assert [step.wave for step in planned.steps] == sorted(step.wave for step in planned.steps)
    assert plan(prepared(project)).components[0].count("create") == 1


def test_only_the_reviewed_plan_is_applied(project: Project) -> None:
    file = project.folder / "plan.json"
    file.write_text(json.dumps(as_json(plan(prepared(project)))))
    saved = load(file)
    other = prepared(project, "enable_more=true")
    with pytest.raises(Problems, match="the answer was No, now it is Yes"):
        compare(saved, other, check(other))
    larger = prepared(project, "size=4")
    compare(saved, larger, check(larger))
    refused = carried_out(start(larger, options=Options(), reviewed=saved.components))
    assert refused.status == "failed"
    error = refused.nodes["Show"].last
    assert error is not None and error.error is not None and "planned" in error.error.message
    same = prepared(project)
    compare(saved, same, check(same))
    assert carried_out(start(same, options=Options(), reviewed=saved.components)).status == "succeeded"


def test_a_changed_diagram_is_not_the_reviewed_one(project: Project) -> None:
    file = project.folder / "plan.json"
    file.write_text(json.dumps(as_json(plan(prepared(project)))))
    diagram = project.diagrams / "shop.mmd"
    diagram.write_text(
        diagram.read_text().replace("SkipMore --> Show", "SkipMore --> Extra([Extra])\n    Extra --> Show")
    )
    changed = prepared(project)
    with pytest.raises(Problems, match="the diagram has changed"):
        compare(load(file), changed, check(changed))


@pytest.mark.parametrize("text", ["", "{}", '{"format": 7}', "[1]"])
def test_a_file_that_is_no_plan_is_a_clear_error(project: Project, text: str) -> None:
    file = project.folder / "plan.json"
    file.write_text(text)
    with pytest.raises(MflowError, match="no saved plan"):
        load(file)


def test_destroy_leaves_nothing(project: Project) -> None:
    run(project)
    seen: list[object] = []
    assert destroy(prepared(project), seen.append) == ("dev/shop",)
    assert seen
    assert list((project.state / "components").rglob("*.tf")) == []


def test_a_cancelled_run_starts_nothing_more(project: Project) -> None:
    begun = start(prepared(project), options=Options())

    def stop(event: Event) -> None:
        if event.type is EventType.NODE_SUCCEEDED and event.node == "Make":
            begun.cancel()

    begun.observers.append(stop)
    record = carried_out(begun)
    assert record.status == "cancelled"
    assert record.nodes["Show"].status != "succeeded"


def test_a_handler_that_cannot_cope_is_named_before_anything_runs(project: Project) -> None:
    handlers = project.handlers / "shop.py"
    handlers.write_text(handlers.read_text().replace('return Skipped("enable_more', 'return {}["x"], ("enable_more'))
    with pytest.raises(MflowError, match=r"the handler shop.skip failed with KeyError: 'x'") as raised:
        check(prepared(project))
    assert raised.value.where is not None and raised.value.where.path == str(handlers)
    with pytest.raises(MflowError, match="size is over 100"):
        check(prepared(project, "size=101"))
