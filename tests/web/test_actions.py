import subprocess
import sys

import pytest

from mermaid_flow.engine.approvals import current_person
from mermaid_flow.engine.events import EventType, NodeStatus, RunStatus
from mermaid_flow.engine.history import find_run
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.session.project import find_project
from mermaid_flow.session.records import records_of
from mermaid_flow.web.actions import Actions
from tests.render.recorded import recorded
from tests.small_project import write_project
from tests.web.gated import GatedRun, gated_run
from tests.web.kept import keep, large, nest
from tests.web.serving import Client, serving

CHOICE = """flowchart TD
    A[Build] --> B{{Where to?}}
    B -->|test| C[To the test stage]
    B -->|production| D[To production]
"""
APPROVAL = """flowchart TD
    A{{Sure?}} --> B[Work]
"""
WORK = """
from mermaid_flow import action

@action("Work")
def work(context):
    context.log.info("worked")
"""


def wait_for(client: Client, run: GatedRun, node: str) -> None:
    events = client.events(run.id, until_type="node_waiting")
    assert events[-1]["node"] == node


@pytest.fixture
def waiting(client: Client, run: GatedRun) -> GatedRun:
    """The run, halted where somebody has to say whether it goes on."""
    run.start()
    run.gates.open("Check", "Network", "Api", "Web")
    wait_for(client, run, "Sure")
    return run


def test_an_approval_lets_the_run_go_on_and_says_who_gave_it(client, waiting):
    answer = client.post(f"/runs/{waiting.id}/approve", node="Sure", comment="after <lunch>")
    assert (answer.status, answer.json()) == (200, {"said": "Approved Open it to the public?"})
    waiting.gates.open("Open", "Report")
    assert waiting.join() is RunStatus.SUCCEEDED
    approval = waiting.record().nodes["Sure"].visits[0].approval
    assert approval is not None
    assert (approval.by, approval.comment) == (current_person().name, "after <lunch>")


def test_a_rejection_fails_the_node(client, waiting):
    assert client.post(f"/runs/{waiting.id}/reject", node="Sure", comment="no").json() == {
        "said": "Rejected Open it to the public?"
    }
    assert waiting.join() is RunStatus.FAILED
    assert waiting.record().nodes["Sure"].status is NodeStatus.FAILED


def test_without_a_script_the_browser_goes_back_to_the_run(client, waiting):
    headers = {**client.allowed, "Origin": f"http://{client.access.hosts[0]}"}
    form = {"form": client.access.form, "node": "Sure"}
    answer = client.ask("POST", f"/runs/{waiting.id}/approve", headers, form)
    assert (answer.status, answer.headers["location"]) == (303, f"/runs/{waiting.id}")
    again = client.ask("POST", f"/runs/{waiting.id}/approve", headers, form)
    assert again.status == 409
    assert "does not wait for an approval" in again.text


def test_what_cannot_be_answered_is_said(client, waiting):
    answer = client.post(f"/runs/{waiting.id}/approve", node="Nothing")
    assert answer.status == 409
    assert "does not wait" in str(answer.json()["said"])
    assert client.post(f"/runs/{waiting.id}/resume").status == 409
    assert client.post(f"/runs/{waiting.id}/cancel", level="kill").status == 409
    assert client.post("/runs/nothing/cancel", level="finish").status == 404


def test_only_those_who_may_approve(project, waiting):
    (project / "mflow.yaml").write_text("approvals: {Sure: [somebody-else]}\n")
    with serving(project) as client:
        for action in ("approve", "reject"):
            answer = client.post(f"/runs/{waiting.id}/{action}", node="Sure")
            assert answer.status == 409
            assert "may not approve" in str(answer.json()["said"])


def test_a_choice_is_taken_by_its_label(client, runs):
    with gated_run(runs, CHOICE) as run:
        run.start()
        run.gates.open("A", "C", "D")
        wait_for(client, run, "B")
        page = client.get(f"/runs/{run.id}").text
        assert '<input type="radio" id="answer-1-choice-2" name="choice" value="production" required>' in page
        assert client.post(f"/runs/{run.id}/approve", node="B").status == 409
        assert client.post(f"/runs/{run.id}/approve", node="B", choice="production").status == 200
        run.join()
        assert run.record().nodes["D"].status is NodeStatus.SUCCEEDED
        assert run.record().nodes["C"].status is NodeStatus.SKIPPED


@pytest.mark.parametrize("level", ["finish", "interrupt"])
def test_a_run_is_cancelled(client, run, level):
    run.start()
    run.gates.open("Check")
    client.events(run.id, until=5)
    assert client.post(f"/runs/{run.id}/cancel", level=level).status == 200
    run.gates.open("Network")
    assert run.join() is RunStatus.CANCELLED
    [asked] = [event for event in run.record().events if event.type is EventType.CANCEL_REQUESTED]
    assert asked.data == {"level": level, "by": current_person().name}
    assert client.post(f"/runs/{run.id}/cancel", level=level).status == 409


def test_a_page_for_reading_only_has_no_forms_and_does_nothing(project, waiting):
    with serving(project, read_only=True) as client:
        page = client.get(f"/runs/{waiting.id}")
        assert "Open it to the public?" in page.text
        assert "<form" not in page.text
        assert client.access.form not in page.text
        for action in ("approve", "reject", "cancel", "resume"):
            assert client.post(f"/runs/{waiting.id}/{action}", node="Sure", level="finish").status == 404
    assert waiting.record().nodes["Sure"].status is NodeStatus.WAITING


def test_a_resume_that_cannot_begin_says_why(tmp_path):
    project = find_project(write_project(tmp_path / "small"))
    record = RunRecord.open(keep(large(120), project.runs))
    actions = Actions(project, records_of(project))
    assert actions.trouble(record.id) == ""
    assert actions.resume(record) == "The run is being resumed"
    actions.resumes[record.id].process.wait()
    assert "there is no diagram" in actions.trouble(record.id)
    with serving(project.folder) as client:
        assert client.post(f"/runs/{record.id}/resume").status == 200


def test_a_run_that_succeeded_is_not_resumed(client, run):
    run.gates.open(*run.graph.nodes)
    run.start({"Wanted": "no"})
    wait_for(client, run, "Sure")
    client.post(f"/runs/{run.id}/approve", node="Sure")
    assert run.join() is RunStatus.SUCCEEDED
    answer = client.post(f"/runs/{run.id}/resume")
    assert answer.status == 409
    assert "cannot be resumed" in str(answer.json()["said"])


@pytest.mark.terraform
def test_a_resume_is_a_process_that_carries_the_run_on(tmp_path):
    folder = write_project(tmp_path / "small", diagram=APPROVAL, handlers=WORK)
    mflow = [sys.executable, "-m", "mermaid_flow"]
    try:
        ended = subprocess.run([*mflow, "run", "shop", "--no-wait"], cwd=folder, check=False, capture_output=True)
        assert ended.returncode == 3, ended.stderr
        project = find_project(folder)
        actions = Actions(project, records_of(project))
        found = find_run(project.runs)
        record = RunRecord.open(found)
        actions.approve(found, record, "A", "", "")
        actions.resume(record)
        with pytest.raises(MflowError, match="cannot be resumed now"):
            actions.resume(record)
        assert actions.trouble(record.id) == ""
        assert actions.resumes[record.id].process.wait() == 0
        assert actions.trouble(record.id) == ""
        assert RunRecord.open(find_run(project.runs)).status is RunStatus.SUCCEEDED
    finally:
        subprocess.run([*mflow, "local", "stop"], cwd=folder, check=True, capture_output=True)


def test_a_part_of_another_run_is_steered_with_that(client, runs):
    outer = keep(large(100), runs)
    inner = nest(large(100), outer, "N1")
    page = client.get(f"/runs/{outer.id}.{inner.id}").text
    assert "Resume the run…" not in page
    assert "Resume the run…" in client.get(f"/runs/{outer.id}").text
    for action in ("resume", "cancel"):
        answer = client.post(f"/runs/{outer.id}.{inner.id}/{action}", level="finish")
        assert answer.status == 409
        assert "part of another" in str(answer.json()["said"])


def test_a_nested_run_that_nobody_works_on_asks_for_nothing(client, runs):
    outer = keep(large(3), runs)
    inner = nest(recorded("A{{Sure?}} --> B", {"A": {"wait": True}}, name="inner"), outer, "N1")
    name = f"{outer.id}.{inner.id}"
    page = client.get(f"/runs/{name}").text
    assert "Approve…" not in page
    assert f"(mflow approve {name} A)" in page
