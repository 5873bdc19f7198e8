"""A project's runs carried out by a worker, from the command line: the same commands, the record in a database."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mermaid_flow.engine.cancellation import CancelLevel
from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.follow import follow
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.session import prepare
from mermaid_flow.session.prepare import Request
from mermaid_flow.session.project import Project, find_project
from mermaid_flow.session.sequence import prepare_diagram
from mermaid_flow.terraform.targets import LocalTarget
from tests.cli.conftest import Mflow, mflow
from tests.pipes import heard
from tests.postgres import PASSWORD, Server, end_dbos, private_server
from tests.small_project import write_project

__all__ = ["mflow"]

DIAGRAM = """flowchart TD
    A[Do A] --> B[Do B] --> H{{Approve it}} --> C[Do C]
"""
TALK = """sequenceDiagram
    actor Boss
    A->>B: Hello
    A->>Boss: May I?
    A->>C: Tell
    A->>C: Goodbye
"""
HANDLERS = """
from mermaid_flow import action, message, participant

@participant("C")
class Crowd:
    def __init__(self):
        self.told = 0

    @message(None, "Tell", "Goodbye")
    def tell(self, context):
        self.told += 1
        if context.node.label == "Goodbye" and (context.run.project / "heard").exists():
            (context.run.project / "heard").write_text("Goodbye")
            context.cancellation.wait(600)
            context.cancellation.raise_if_requested()
        context.log.info("told: %s", self.told)
        return {"told": self.told}

    @message(None, "Hello")
    def hello(self, context):
        return {}

@message("B", "Hello", "Good day")
def hello(context):
    return {}

@action("Do *")
def do(context):
    context.log.info("in %s with %s", context.node.id, context.vars.get("db_password", str, "none"))
    return {"seen": sorted(context.values)}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with private_server() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path, local_target: LocalTarget, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with nothing of Terraform in its diagram `plain`."""
    folder = write_project(tmp_path / "small")
    (folder / "diagrams" / "plain.mmd").write_text(DIAGRAM)
    (folder / "diagrams" / "talk.mmd").write_text(TALK)
    (folder / "handlers" / "plain.py").write_text(HANDLERS)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(prepare, "make_target", lambda *_: local_target)
    return folder


@pytest.fixture
def url(server: Server, request: pytest.FixtureRequest) -> str:
    return server.create(f"db{abs(hash(request.node.nodeid))}")


@pytest.fixture
def project(folder: Path, url: str) -> Iterator[Project]:
    """The project with a worker for it in this process."""
    from mermaid_flow.session.records import records_of
    from mermaid_flow.session.site import serve

    with (folder / "mflow.yaml").open("a") as file:
        file.write(f"engine: dbos\ndatabase: {url}\n")
    project = find_project(folder)
    database = records_of(project).database
    assert database is not None
    service = serve(project, database, concurrency=4, runs=4)
    service._poll = 0.02
    service.start()
    yield project
    service.stop()
    service.wait()
    end_dbos()


def test_all_commands_work_on_the_record_in_the_database(project: Project, mflow: Mflow) -> None:
    assert mflow("runs").out.startswith("no runs yet")
    ran = mflow("run", "plain", "--vars", "vars.yaml", "--no-wait")
    assert ran.code == 3, ran.err
    assert "2 succeeded, 1 waiting" in ran.out
    assert [run["status"] for run in json.loads(mflow("runs", "--format", "json").out)] == ["waiting"]
    shown = mflow("show")
    assert "Do B" in shown.out
    assert "in A with none" in mflow("show", "--log", "Do A").out
    assert mflow("resume", "--no-wait", "--vars", "vars.yaml").code == 3
    assert mflow("approve", "latest", "H").code == 0
    resumed = mflow("resume", "--no-wait")
    assert resumed.code == 0, resumed.err
    record = json.loads(mflow("show", "--format", "json").out)
    assert record["status"] == "succeeded"
    assert "mflow_succeeded" in mflow("render").out
    again = mflow("run", "plain", "--vars", "vars.yaml", "--from-run", "latest", "--auto-approve")
    assert again.code == 0, again.err
    assert len(json.loads(mflow("runs", "--format", "json").out)) == 2
    assert mflow("runs", "prune", "--keep", "1", "--yes").out == "1 runs removed\n"
    assert PASSWORD not in "".join([ran.out, ran.err, shown.out, resumed.out])


def test_rejecting_fails_the_node(project: Project, mflow: Mflow) -> None:
    mflow("run", "plain", "--vars", "vars.yaml", "--no-wait")
    assert mflow("reject", "latest", "H").code == 0
    assert mflow("resume", "--no-wait").code in (1, 3)


def test_a_run_is_cancelled_by_whoever_follows_it(project: Project) -> None:
    from mermaid_flow.session.distributed import start
    from mermaid_flow.session.records import records_of

    database = records_of(project).database
    assert database is not None
    prepared = prepare_diagram(project, Request("plain", vars=("vars.yaml",)))
    run = start(prepared, database, options=Options())
    seen: list[Event] = []

    def cancel(event: Event) -> None:
        seen.append(event)
        if event.type is EventType.NODE_WAITING:
            assert run.cancel() is CancelLevel.FINISH
            assert run.cancel(CancelLevel.INTERRUPT) is CancelLevel.INTERRUPT

    run.observers.append(cancel)
    assert run.carry_out() is RunStatus.CANCELLED
    assert seen[0].type is EventType.RUN_STARTED
    assert RunRecord.open(run.folder).status is RunStatus.CANCELLED


def test_what_workers_cannot_do_is_refused_before_the_run(project: Project, mflow: Mflow, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("environment: dev\n")
    assert "is outside" in mflow("run", "plain", "--vars", outside).err
    with (project.folder / "mflow.yaml").open("a") as file:
        file.write("secrets: [db_password]\n")
    refused = mflow("run", "plain", "--vars", "vars.yaml", "--set", "db_password=hunter2")
    assert "db_password is a secret" in refused.err
    assert "hunter2" not in refused.err
    assert mflow("runs").out.startswith("no runs yet")


def test_sequences_are_carried_out_too(project: Project, mflow: Mflow) -> None:
    """Functions in any worker; methods where the run is at home, because there the object is that they belong to."""
    assert mflow("plan", "plain", "--vars", "vars.yaml", "--out", "plan.json").code == 0
    ran = mflow("run", "talk", "--no-wait")
    assert ran.code == 3, ran.err
    assert mflow("approve", "latest", "2").code == 0
    again = mflow("resume")
    assert again.code == 0, again.err
    record = json.loads(mflow("show", "--format", "json").out)
    values = [node["visits"][-1]["values"] for node in record["nodes"]]
    assert values == [{}, {}, {"told": 1}, {"told": 2}]
    assert "told: 2" in mflow("show", "--log", "4").out
    other = mflow("run", "talk", "--auto-approve", "--from-run", "latest")
    assert other.code == 0, other.err
    assert other.out.count("unchanged") == 1
    assert other.out.count("not taken over: what was returned before it") == 2  # somebody else has approved
    assert "is a sequence diagram" in mflow("run", "talk", "--plan", "plan.json").err


def test_what_an_object_was_doing_when_its_home_was_lost_is_done_again(project: Project) -> None:
    """Its new home makes a new object, which knows nothing of what the other one was told."""
    from mermaid_flow.session.distributed import start
    from mermaid_flow.session.records import records_of
    from tests.engine.distributed.cluster import end_all_sessions

    database = records_of(project).database
    assert database is not None
    os.mkfifo(project.folder / "heard")
    prepared = prepare_diagram(project, Request("talk"))
    run = start(prepared, database, options=Options(auto_approve=True))
    run._queue()
    assert heard(project.folder / "heard") == "Goodbye"
    (project.folder / "heard").unlink()
    end_all_sessions(database)
    for _ in follow(run.folder):
        pass
    record = RunRecord.open(run.folder)
    assert record.status is RunStatus.SUCCEEDED
    assert [record.values[node] for node in ("3", "4")] == [{"told": 1}, {"told": 1}]
    assert [event.node for event in record.events if event.type is EventType.NODE_INTERRUPTED] == ["4"]


def test_a_changed_sequence_is_refused_where_it_has_run(project: Project, mflow: Mflow) -> None:
    assert mflow("run", "talk", "--no-wait").code == 3
    (project.diagrams / "talk.mmd").write_text(TALK.replace("Hello", "Good day"))
    refused = mflow("resume")
    assert "`A->>B: Hello` has run and is `A->>B: Good day` now" in refused.err
    (project.diagrams / "talk.mmd").write_text(TALK.replace("Goodbye", "Hello"))
    changed = mflow("resume", "--auto-approve")
    assert changed.code == 0, changed.err


def test_a_run_that_workers_cannot_begin_says_why_and_leaves_no_record(project: Project, mflow: Mflow) -> None:
    from mermaid_flow.engine.distributed import service

    site = service._current[-1]._carry_out.__self__  # type: ignore[attr-defined]  # a bound method
    broken = Project(project.folder / "nowhere", diagrams=project.folder / "nowhere")
    object.__setattr__(site, "project", broken)
    done = mflow("run", "plain", "--vars", "vars.yaml")
    assert done.code == 1
    assert "there is no diagram 'plain'" in done.err
    assert mflow("runs").out.startswith("no runs yet")


def test_a_run_that_is_worked_on_is_not_resumed(project: Project, mflow: Mflow) -> None:
    mflow("run", "plain", "--vars", "vars.yaml", "--no-wait")
    from mermaid_flow.session.records import records_of

    database = records_of(project).database
    assert database is not None
    with database.session() as connection:
        connection.execute("UPDATE dbos.workflow_status SET status = 'DELAYED'")
    assert "workers are working on run" in mflow("resume").err


@pytest.mark.terraform
def test_components_are_worked_on_at_home(project: Project, mflow: Mflow) -> None:
    done = mflow("run", "shop", "--vars", "vars.yaml")
    assert done.code == 0, done.err
    assert "shop:3" in mflow("show").out
    assert (project.components / "local" / "dev" / "shop" / "terraform.tfstate").is_file()


@pytest.mark.terraform
def test_only_the_reviewed_plan_is_applied(project: Project, mflow: Mflow) -> None:
    assert mflow("plan", "shop", "--vars", "vars.yaml", "--out", "plan.json").code == 0
    other = mflow("run", "shop", "--vars", "vars.yaml", "--plan", "plan.json", "--set", "enable_more=true")
    assert (other.code, "MoreWanted: the answer was No, now it is Yes" in other.err) == (2, True)
    assert mflow("runs").out.startswith("no runs yet")
    more = mflow("run", "shop", "--vars", "vars.yaml", "--plan", "plan.json", "--set", "size=4")
    assert more.code == 1
    assert "create with other values than planned" in mflow("show").out
    done = mflow("run", "shop", "--vars", "vars.yaml", "--plan", "plan.json")
    assert done.code == 0, done.err


def test_what_was_changed_before_a_worker_began_is_not_what_was_reviewed(project: Project, mflow: Mflow) -> None:
    """The diagram is compared where the run is asked for and, once more, where it begins."""
    from mermaid_flow.session.distributed import start
    from mermaid_flow.session.plan import load
    from mermaid_flow.session.records import records_of

    assert mflow("plan", "plain", "--vars", "vars.yaml", "--out", "plan.json").code == 0
    database = records_of(project).database
    assert database is not None
    prepared = prepare_diagram(project, Request("plain", vars=("vars.yaml",)))
    run = start(prepared, database, options=Options(), reviewed=load(project.folder / "plan.json"))
    (project.diagrams / "plain.mmd").write_text(DIAGRAM + "    B --> D[Do D]\n")
    with pytest.raises(MflowError, match="the diagram has changed since it was reviewed"):
        run.carry_out()
    assert mflow("runs").out.startswith("no runs yet")


def test_a_plan_with_a_secret_in_it_does_not_get_into_the_database(project: Project, mflow: Mflow) -> None:
    mflow("plan", "plain", "--vars", "vars.yaml", "--set", "db_password=Do B", "--out", "plan.json")
    (project.folder / "secret.yaml").write_text("db_password: Do B\n")
    with (project.folder / "mflow.yaml").open("a") as file:
        file.write("secrets: [db_password]\n")
    refused = mflow("run", "plain", "--vars", "vars.yaml", "--vars", "secret.yaml", "--plan", "plan.json")
    assert "a secret stands in the plan" in refused.err
    assert mflow("runs").out.startswith("no runs yet")


def test_without_a_worker_it_says_so_and_the_run_stays_queued(folder: Path, url: str, mflow: Mflow) -> None:
    from mermaid_flow.session.distributed import start
    from mermaid_flow.session.records import records_of

    database = records_of(find_project(folder), url).database
    assert database is not None
    run = start(
        prepare_diagram(find_project(folder), Request("plain", vars=("vars.yaml",))), database, options=Options()
    )
    assert run.workers == 0
    assert run.cancel() is CancelLevel.FINISH  # nothing runs yet: nothing to cancel
    run._queue()
    assert run.folder.is_locked()
    assert [found["status"] for found in json.loads(mflow("runs", "--database", url, "--format", "json").out)] == [
        "running"
    ]
    with database.session() as connection:
        connection.execute("UPDATE dbos.workflow_status SET status = 'CANCELLED'")
    run.folder.database.prepare()
    with pytest.raises(MflowError, match="broke off"):
        run._raise_what_failed(run.folder.id)


def test_an_engine_without_a_database_is_refused(folder: Path, mflow: Mflow) -> None:
    assert "needs a database" in mflow("run", "plain", "--vars", "vars.yaml", "--engine", "dbos").err


def test_a_run_of_another_folder_is_refused(project: Project, folder: Path, mflow: Mflow) -> None:
    for mark in (project.state / "workers").iterdir():
        mark.unlink()
    refused = mflow("run", "plain", "--vars", "vars.yaml")
    assert refused.code == 2
    assert "is not the folder" in refused.err


def test_records_stay_in_folders_unless_told_otherwise(folder: Path) -> None:
    from mermaid_flow.session.records import records_of

    project = find_project(folder)
    assert records_of(project).database is None
    assert records_of(project, "postgres:///x", engine="embedded").database is None
    with pytest.raises(MflowError, match="needs a database"):
        records_of(project, engine="dbos")
