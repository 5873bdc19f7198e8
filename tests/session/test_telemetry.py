"""Runs traced for OpenTelemetry, as a real collector receives them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans, integers
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mermaid_flow.engine.approvals import approve, current_person
from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.options import Options
from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.registry import Registry
from mermaid_flow.session import _trace_thread, prepare
from mermaid_flow.session._trace_spans import RunSpans
from mermaid_flow.session._trace_subject import TraceSubject
from mermaid_flow.session._trace_thread import TraceThread
from mermaid_flow.session._trace_writer import RunIds, SpanWriter
from mermaid_flow.session.bindings import bind
from mermaid_flow.session.prepare import Request
from mermaid_flow.session.project import Project, find_project
from mermaid_flow.session.run import Run, resume, start
from mermaid_flow.session.sequence import prepare_diagram
from mermaid_flow.session.telemetry import (
    SpanPlace,
    TraceSettings,
    callers_span,
    part_name,
    span_id,
    trace_id,
    trace_settings,
    traced,
)
from mermaid_flow.syntax.source import Source
from mermaid_flow.terraform.targets import LocalTarget
from tests.cli.conftest import Mflow, mflow
from tests.collector import Collector, Span, collecting
from tests.engine.check_random_graphs import compare
from tests.small_project import write_project

__all__ = ["mflow"]

pytestmark = pytest.mark.terraform

SECRET = "hunter2-and-more"
DIAGRAM = """flowchart TD
    Start([Start]) --> Ready{Ready?}
    subgraph Work [The work]
        Flaky[Try twice]
        Bad[Go wrong]
    end
    Ready -->|Yes| Flaky --> Ask{{Go on?}} --> Bad
    Ready -->|No| Idle[Skip all]
    Bad -->|on error| Mend[Mend it]
    Mend --> Inner[[inner]]
"""
INNER = """flowchart TD
    Tell[Tell] --> Told([Told])
"""
TALK = """sequenceDiagram
    participant Ann
    participant Bob
    loop for each name in names
        Ann->>Bob: Greet
        Bob-->>Ann: Done
    end
"""
HANDLERS = '''"""Handlers of the traced project."""

import os
import subprocess
import sys

from mermaid_flow import MflowError, action, decision, message


@decision("Ready?")
def ready(context):
    return context.vars.get("ready", bool, True)


@action("Try twice", retry={"attempts": 2, "delay": 0})
def flaky(context):
    if context.node.attempt == 1:
        raise MflowError("no luck with " + context.vars.get("db_password", str, ""), code="luck")


@action("Go wrong")
def bad(context):
    raise MflowError("wrong with " + context.vars.get("db_password", str, ""), code="wrong")


@action("Mend it", "Tell")
def tell(context):
    child = [sys.executable, "-c", "import os; print(os.environ.get('TRACEPARENT', ''))"]
    return {"parent": subprocess.run(child, capture_output=True, text=True).stdout.strip()}


@message("Bob", "Greet")
def greet(context):
    return {}
'''


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith("OTEL_") or name in ("TRACEPARENT", "TRACESTATE"):
            monkeypatch.delenv(name)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path, local_target: LocalTarget, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose diagrams `work`, `inner` and `talk` need no Terraform, and `shop`, which does."""
    folder = write_project(tmp_path / "traced")
    for name, text in {
        "diagrams/work.mmd": DIAGRAM,
        "diagrams/inner.mmd": INNER,
        "diagrams/talk.mmd": TALK,
        "handlers/work.py": HANDLERS,
        "vars.yaml": f"environment: dev\nname: shop\ndb_password: {SECRET}\nnames: [Cid, Dora]\n"
        f"tags: {{Owner: platform, Token: {SECRET}, Cost: 1234}}\n",
    }.items():
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(prepare, "make_target", lambda *_: local_target)
    return folder


class Traced(NamedTuple):
    """A run that has ended, and what was said about its trace."""

    run: Run
    status: RunStatus
    warnings: list[str]

    @property
    def events(self) -> list[Event]:
        with self.run.folder.journal(readonly=True) as journal:
            return journal.read()


def carry_out(run: Run) -> Traced:
    warnings: list[str] = []
    with traced(run, warnings.append):
        status = run.carry_out()
    return Traced(run, status, warnings)


@pytest.fixture
def ran(folder: Path) -> Callable[..., Traced]:
    """Runs a diagram of the project."""

    def run(diagram: str = "work", *sets: str, options: Options | None = None) -> Traced:
        prepared = prepare_diagram(find_project(folder), Request(diagram, ("vars.yaml",), sets))
        return carry_out(start(prepared, options=options or Options(auto_approve=True)))

    return run


@pytest.fixture
def sent(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Collector:
    """A collector that the environment names."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
    return collector


# Whether, and where to


@pytest.mark.parametrize(
    ("project", "environment", "expected"),
    [
        ({}, {}, None),
        ({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, TraceSettings(("otlp",))),
        ({}, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, TraceSettings(("otlp",))),
        ({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, None),
        ({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "True"}, None),
        ({}, {"OTEL_TRACES_EXPORTER": "console"}, TraceSettings(("console",))),
        ({}, {"OTEL_TRACES_EXPORTER": "otlp, Console"}, TraceSettings(("otlp", "console"))),
        ({}, {"OTEL_TRACES_EXPORTER": "console", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, TraceSettings(("console",))),
        ({"endpoint": "http://d:4318"}, {}, TraceSettings(("otlp",), "http://d:4318")),
        ({"endpoint": "http://d:4318"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, TraceSettings(("otlp",))),
        ({"endpoint": "http://d:4318"}, {"OTEL_TRACES_EXPORTER": "none"}, None),
        ({"endpoint": "http://d:4318", "exporter": "none"}, {}, None),
        ({"exporter": "otlp", "service": "deployments"}, {}, TraceSettings(("otlp",), None, "deployments")),
    ],
)
def test_the_environment_decides_and_mflow_yaml_where_it_is_silent(
    project: dict[str, object], environment: dict[str, str], expected: TraceSettings | None
) -> None:
    assert trace_settings(project, environment) == expected


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "there is no exporter 'zipkin'"),
        ({"OTEL_TRACES_EXPORTER": "oltp"}, "did you mean 'otlp'?"),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "traces are sent as http/protobuf, not as grpc",
        ),
    ],
)
def test_what_mflow_cannot_send_is_said_once_and_the_run_goes_on(
    ran: Callable[..., Traced], monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], message: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = ran("inner")
    assert done.status is RunStatus.SUCCEEDED
    [warning] = done.warnings
    assert warning.startswith("no trace of this run: ")
    assert message in warning


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "telemetry: {endpont: x}",
            "mflow.yaml:1:13: telemetry has no setting 'endpont'",
        ),
        ("telemetry: {endpont: x}", "did you mean 'endpoint'?"),
        ("telemetry: {zzz: x}", "known settings: endpoint, exporter, service"),
        ("telemetry: {service: 3}", "telemetry.service must be text"),
        ("telemetry: 3", "telemetry must be of type dict"),
    ],
)
def test_mistakes_in_mflow_yaml_have_a_place(tmp_path: Path, setting: str, message: str) -> None:
    (tmp_path / "mflow.yaml").write_text(setting + "\n")
    with pytest.raises(MflowError) as error:
        find_project(tmp_path)
    assert message in str(error.value), str(error.value)


def test_mflow_yaml_names_endpoint_and_service(collector: Collector, folder: Path, ran: Callable[..., Traced]) -> None:
    with (folder / "mflow.yaml").open("a") as file:
        file.write(f"telemetry: {{endpoint: '{collector.endpoint}/', service: deployments}}\n")
    assert ran("inner").warnings == []
    assert [path for path, _ in collector.requests] == ["/v1/traces"]
    assert collector.one("run inner").resource["service.name"] == "deployments"


def test_opentelemetrys_own_variables_hold(
    sent: Collector, ran: Callable[..., Traced], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "nightly")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "team=platform")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20xyz")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "2048")
    assert ran("inner").warnings == []
    resource = sent.one("run inner").resource
    assert (resource["service.name"], resource["team"]) == ("nightly", "platform")
    [(_, headers)] = sent.requests
    assert {key.lower(): value for key, value in headers.items()}["authorization"] == "Bearer xyz"


def test_the_console_is_standard_error(
    ran: Callable[..., Traced], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    assert ran("inner").warnings == []
    out, err = capsys.readouterr()
    assert ('"name": "run inner"' in err, out) == (True, "")


def test_a_run_that_is_not_traced_imports_nothing_of_it(folder: Path) -> None:
    program = (
        "import sys, os, contextlib\n"
        "import mermaid_flow.cli.run, mermaid_flow.session.run\n"
        "from mermaid_flow.session.telemetry import traced\n"
        "from mermaid_flow.session.project import find_project\n"
        "class Run: prepared = type('P', (), {'project': find_project(__import__('pathlib').Path('.'))})\n"
        "with traced(Run(), print): pass\n"
        "found = [name for name in sys.modules if 'opentelemetry' in name or '_trace' in name and 'mermaid' in name]\n"
        "sys.exit(str(found) if found else 0)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_without_the_extra_one_line_says_how_to_get_it(
    ran: Callable[..., Traced], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("_trace_export", "_trace_spans", "_trace_writer"):
        monkeypatch.delitem(sys.modules, f"mermaid_flow.session.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    done = ran("inner")
    assert done.status is RunStatus.SUCCEEDED
    assert done.warnings == ["no trace of this run: OpenTelemetry is not installed: pip install 'mermaid-flow[otel]'"]


# What is in a trace


def test_a_run_is_a_trace_and_each_visit_a_span(sent: Collector, ran: Callable[..., Traced], folder: Path) -> None:
    done = ran(options=Options(parallel=3, auto_approve=True))
    assert (done.status, done.warnings) == (RunStatus.SUCCEEDED, [])
    root = sent.one("run work")
    assert (root.parent, root.trace, root.links) == ("", f"{trace_id(done.run.folder.id):032x}", [])
    assert {span.trace for span in sent.spans} == {root.trace}
    assert sent.children(root) == ["Start", "Ready?", "Try twice", "Go on?", "Go wrong", "Mend it", "inner"]
    assert root.error is None
    assert root.attributes == {
        "mflow.run.id": done.run.folder.id,
        "mflow.diagram": "work",
        "mflow.diagram.path": str(folder / "diagrams" / "work.mmd"),
        "mflow.engine": "embedded",
        "mflow.target": "local",
        "mflow.component": "dev/work",
        "mflow.run.part": 1,
        "mflow.resumed": False,
        "mflow.parallel": 3,
        "mflow.fail_fast": False,
        "mflow.tag.Owner": "platform",
        "mflow.tag.Token": "***",
        "mflow.tag.Cost": 1234,
        "mflow.status": "succeeded",
    }
    assert sent.one("Start").attributes == {
        "mflow.node.id": "Start",
        "mflow.node.label": "Start",
        "mflow.node.role": "terminal",
        "mflow.node.visit": 1,
        "mflow.attempts": 1,
    }


def test_visits_tell_of_retries_decisions_catches_and_approvals(sent: Collector, ran: Callable[..., Traced]) -> None:
    ran()
    flaky = sent.one("Try twice")
    assert (flaky.error, flaky.attributes["mflow.attempts"]) == (None, 2)
    assert flaky.attributes["mflow.node.subgraph"] == "The work"
    assert flaky.attributes["mflow.handler"] == "work.flaky"
    [retry] = flaky.happened("retried")
    assert (retry["mflow.attempt"], retry["error.type"], retry["error.message"]) == (1, "luck", "no luck with ***")
    ready = sent.one("Ready?")
    assert ready.attributes["mflow.node.role"] == "decision"
    assert ready.attributes["mflow.decision.answer"] == ["Yes"]
    assert ready.attributes["mflow.decision.source"] == "function"
    assert ready.attributes["mflow.decision.where"].startswith("work.ready()")
    assert [event["mflow.decision.answer"] for event in ready.happened("decided")] == [["Yes"]]
    bad = sent.one("Go wrong")
    assert (bad.error, bad.attributes["error.type"]) == ("wrong: wrong with ***", "wrong")
    assert bad.happened("exception") == [{"exception.type": "wrong", "exception.message": "wrong with ***"}]
    assert bad.happened("caught") == [{"mflow.catch": "error", "mflow.catch.target": "Mend"}]
    ask = sent.one("Go on?")
    assert ask.happened("approval asked") == [{"mflow.prompt": "Go on?"}]
    assert [list(told) for told in ask.happened("approval given")] == [["mflow.approval.by"]]


def test_secrets_are_in_no_byte_of_a_trace(sent: Collector, ran: Callable[..., Traced]) -> None:
    ran()
    assert sent.bodies
    assert not any(SECRET.encode() in body for body in sent.bodies)


def test_times_are_those_of_the_events(sent: Collector, ran: Callable[..., Traced]) -> None:
    done = ran()
    at = {(event.type, event.node): event.at for event in done.events}
    for node, name in {"Ready": "Ready?", "Ask": "Go on?", "Bad": "Go wrong"}.items():
        span = sent.one(name)
        first = EventType.NODE_WAITING if node == "Ask" else EventType.NODE_STARTED
        last = {"Ready": EventType.DECISION_ANSWERED, "Ask": EventType.NODE_APPROVED, "Bad": EventType.NODE_FAILED}
        assert (span.start, span.end) == pytest.approx((at[first, node], at[last[node], node]), abs=1e-6)
    root = sent.one("run work")
    expected = (at[EventType.RUN_STARTED, None], at[EventType.RUN_FINISHED, None])
    assert (root.start, root.end) == pytest.approx(expected, abs=1e-6)


def test_the_run_of_a_sub_workflow_is_inside_the_visit_that_runs_it(
    sent: Collector, ran: Callable[..., Traced]
) -> None:
    done = ran()
    box, inner = sent.one("inner"), sent.one("run inner")
    assert sent.children(box) == ["run inner"]
    assert sent.children(inner) == ["Tell", "Told"]
    assert inner.attributes["mflow.run.parent"] == done.run.folder.id
    assert sent.one("Tell").attributes["mflow.handler"] == "work.tell"
    assert box.start <= inner.start <= inner.end <= box.end


def test_a_message_is_a_span_in_each_lap(sent: Collector, ran: Callable[..., Traced]) -> None:
    done = ran("talk")
    assert (done.status, done.warnings) == (RunStatus.SUCCEEDED, [])
    names = sent.children(sent.one("run talk"))
    assert len([name for name in names if name.startswith("Greet")]) == 2
    greeted = [span for span in sent.spans if span.name.startswith("Greet")]
    assert {span.attributes["mflow.handler"] for span in greeted} == {"work.greet"}
    assert {span.attributes["mflow.node.id"] for span in greeted} == {"1-1", "1-2"}
    [loop] = [span for span in sent.spans if span.attributes.get("mflow.node.role") == "decision"]
    assert loop.attributes["mflow.decision.answer"] == ["2 items"]


def test_what_terraform_does_is_in_the_trace(sent: Collector, ran: Callable[..., Traced]) -> None:
    done = ran("shop")
    assert (done.status, done.warnings) == (RunStatus.SUCCEEDED, [])
    make = sent.one("Make Thing")
    assert make.attributes["mflow.terraform.add"] == 1
    assert sent.children(make) == ["create module.thing.terraform_data.this"]
    made = sent.one("create module.thing.terraform_data.this")
    assert made.attributes["mflow.resource.resource_type"] == "terraform_data"
    root = sent.one("run shop")
    assert (root.attributes["mflow.terraform.add"], root.attributes["mflow.terraform.destroy"]) == (1, 0)
    assert "apply dev/shop" in sent.children(root)
    assert sent.one("Skip More").attributes["mflow.skipped"] == "enable_more is false"
    assert root.happened("plan")[0]["mflow.add"] == 1


def test_a_failed_run_names_what_failed(sent: Collector, ran: Callable[..., Traced], folder: Path) -> None:
    (folder / "diagrams" / "work.mmd").write_text("flowchart TD\n    Bad[Go wrong] --> After[Tell]\n")
    assert ran().status is RunStatus.FAILED
    root = sent.one("run work")
    assert (root.error, root.attributes["mflow.status"]) == ("run.failed: failed: Go wrong", "failed")
    assert root.happened("node blocked") == [{"mflow.node.id": "After", "mflow.because": ["Bad"]}]


# Several processes


def test_processes_of_a_run_find_its_span(
    sent: Collector, ran: Callable[..., Traced], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = ran()
    root = sent.one("run work")
    told = {event.node: event.data.get("values") for event in done.events if event.type is EventType.NODE_SUCCEEDED}
    assert told["Mend"] == {"parent": f"00-{root.trace}-{root.id}-01"}
    assert "TRACEPARENT" not in os.environ


def test_the_run_goes_on_with_its_callers_trace(
    sent: Collector, ran: Callable[..., Traced], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = f"00-{'ab' * 16}-{'cd' * 8}-01"
    monkeypatch.setenv("TRACEPARENT", caller)
    monkeypatch.setenv("TRACESTATE", "vendor=1")
    ran()
    root = sent.one("run work")
    assert (root.trace, root.parent) == ("ab" * 16, "cd" * 8)
    assert {span.trace for span in sent.spans} == {root.trace}
    assert os.environ["TRACEPARENT"] == caller


def test_a_caller_who_is_not_sampled_has_no_trace(
    sent: Collector, ran: Callable[..., Traced], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACEPARENT", f"00-{'ab' * 16}-{'cd' * 8}-00")
    assert ran("inner").warnings == []
    assert sent.spans == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", None),
        ("00-" + "0" * 32 + "-" + "1" * 16 + "-01", None),
        ("00-" + "1" * 32 + "-" + "0" * 16 + "-01", None),
        ("ff-" + "1" * 32 + "-" + "1" * 16 + "-01", None),
        ("00-" + "1" * 32 + "-" + "1" * 16, None),
        (" 00-" + "1" * 32 + "-" + "2" * 16 + "-01 ", SpanPlace(int("1" * 32, 16), int("2" * 16, 16), 1)),
        ("cc-" + "1" * 32 + "-" + "2" * 16 + "-02-what", SpanPlace(int("1" * 32, 16), int("2" * 16, 16), 0)),
    ],
)
def test_only_a_callers_span_in_w3cs_form_counts(value: str, expected: SpanPlace | None) -> None:
    assert callers_span({"TRACEPARENT": value}) == expected


def test_a_resumed_run_goes_on_in_the_same_trace(sent: Collector, ran: Callable[..., Traced], folder: Path) -> None:
    done = ran(options=Options(wait=False))
    assert done.status is RunStatus.WAITING
    first = sent.one("run work")
    assert (first.error, sent.one("Go on?").error) == (None, None)
    sent.spans.clear()
    with done.run.folder.journal() as journal:
        approve(journal, "Ask", current_person(), comment=f"with {SECRET}")
    again = carry_out(resume(done.run.prepared, RunFolder.open(done.run.folder.path), options=Options()))
    assert (again.status, again.warnings) == (RunStatus.SUCCEEDED, [])
    second = sent.one("run work")
    assert (second.trace, second.parent, second.links) == (first.trace, "", [(first.trace, first.id)])
    assert (second.attributes["mflow.run.part"], second.attributes["mflow.resumed"]) == (2, True)
    [given] = sent.one("Go on?").happened("approval given")
    assert given["mflow.approval.comment"] == "with ***"
    assert "Start" not in sent.children(second)
    third = carry_out(resume(done.run.prepared, RunFolder.open(done.run.folder.path), options=Options()))
    assert third.status is RunStatus.SUCCEEDED
    assert sent.spans[-1].links == [(second.trace, second.id)]


def test_what_a_process_that_died_left_is_told_by_the_next_one(
    sent: Collector, ran: Callable[..., Traced], folder: Path
) -> None:
    done = ran()
    sent.spans.clear()
    journal = done.run.folder.path / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    cut = next(index for index, line in enumerate(lines) if "runs inner as" in line)
    journal.write_text("".join(lines[: cut + 1]))
    again = carry_out(resume(done.run.prepared, RunFolder.open(done.run.folder.path), options=Options()))
    assert (again.status, again.warnings) == (RunStatus.SUCCEEDED, [])
    first, second = sorted((span for span in sent.spans if span.name == "run work"), key=lambda span: span.start)
    assert first.error == "interrupted: the process that worked on the run died"
    assert first.id == f"{span_id(done.run.folder.id, part_name(1)):016x}"
    assert sent.children(first) == ["inner"]
    assert second.links == [(first.trace, first.id)]
    assert "inner" in sent.children(second)
    assert len([span for span in sent.spans if span.name == "run inner"]) == 2
    assert len([span for span in sent.spans if span.name == "Try twice"]) == 0


# When the collector does not do its part


def test_a_collector_that_is_down_costs_one_warning(
    ran: Callable[..., Traced], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with collecting() as gone:
        endpoint = gone.endpoint
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1.5")  # room for one more try
    done = ran("inner")
    assert done.status is RunStatus.SUCCEEDED
    [warning] = done.warnings
    assert "Connection refused" in warning
    assert warning.startswith("3 of 3 spans of this run's trace are not sent: ")
    assert capfd.readouterr().err == ""


def test_a_collector_that_does_not_answer_is_not_waited_for(
    sent: Collector, ran: Callable[..., Traced], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent.hold.clear()
    monkeypatch.setattr(_trace_thread, "PATIENCE", 0.5)
    done = ran("inner")
    assert done.status is RunStatus.SUCCEEDED
    [warning] = done.warnings
    assert warning.endswith(": it took longer than 0.5 seconds")


def test_a_collector_that_refuses_costs_one_warning(sent: Collector, ran: Callable[..., Traced]) -> None:
    sent.answer = 401
    done = ran("inner")
    assert done.status is RunStatus.SUCCEEDED
    [warning] = done.warnings
    assert "401" in warning


def test_a_mistake_in_opentelemetrys_variables_costs_one_warning(
    sent: Collector, ran: Callable[..., Traced], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "-1")
    done = ran("inner")
    assert done.status is RunStatus.SUCCEEDED
    assert done.warnings == ["no trace of this run: ValueError: max_queue_size must be a positive integer."]


# Events that are rare


@pytest.fixture
def spans(sent: Collector, folder: Path) -> Callable[[list[Event]], list[Span]]:
    """The spans that a list of events makes of a run of the diagram `work`."""

    def make(events: list[Event]) -> list[Span]:
        run = start(prepare_diagram(find_project(folder), Request("work", ("vars.yaml",))), options=Options())
        root = SpanPlace(trace_id(run.folder.id), span_id(run.folder.id, part_name(1)))
        thread = TraceThread(TraceSettings(("otlp",)), TraceSubject.of(run), root, None, ())
        thread.start()
        for number, event in enumerate(events):
            thread.event(Event(event.type, event.node, event.visit, event.data, number + 1, 1000.0 + number))
        assert thread.close() == ""
        return sorted(sent.spans, key=lambda span: (span.start, -span.end))

    return make


BEGUN = Event(EventType.RUN_STARTED)
ERROR = {"error": {"code": "odd", "message": "half \ud800 a pair"}, "kind": "error"}


def test_a_cancelled_run_and_its_visits_are_errors(spans: Callable[[list[Event]], list[Span]]) -> None:
    made = spans(
        [
            Event(EventType.NODE_STARTED, "Start"),  # of a run that has not begun
            BEGUN,
            Event(EventType.NODE_STARTED, "Start"),
            Event(EventType.NODE_STARTED, "Flaky"),
            Event(EventType.NODE_STARTED, "Bad"),
            Event(EventType.NODE_STARTED, "Mend"),
            Event(EventType.CANCEL_REQUESTED, data={"level": "interrupt"}),
            Event(EventType.NODE_CANCELLED, "Start", data=ERROR),
            Event(EventType.NODE_CANCELLED, "Flaky"),
            Event(EventType.NODE_INTERRUPTED, "Bad", data={"policy": "rerun"}),
            Event(EventType.NODE_INTERRUPTED, "Idle", data={"policy": "rerun"}),
            Event(EventType.RUN_FINISHED, data={"status": "cancelled"}),
        ]
    )
    assert {span.name: span.error for span in made} == {
        "run work": "run.cancelled: the run was cancelled",
        "Start": "odd: half ? a pair",
        "Try twice": "cancelled: it was cancelled",
        "Go wrong": "interrupted: it was in flight, and runs again",
        "Mend it": "cancelled: it was cancelled",
    }
    assert made[0].happened("cancel requested") == [{"mflow.level": "interrupt"}]
    assert made[0].happened("node interrupted") == [{"mflow.node.id": "Idle", "mflow.policy": "rerun"}]


def test_a_refusal_and_a_node_that_must_not_run_again_fail(spans: Callable[[list[Event]], list[Span]]) -> None:
    made = spans(
        [
            BEGUN,
            Event(EventType.NODE_WAITING, "Ask", data={"prompt": "Go on?", "choices": ["a", "b"]}),
            Event(EventType.NODE_REJECTED, "Ask", data={"by": "ann", "comment": "not today"}),
            Event(EventType.NODE_INTERRUPTED, "Mend", data={"policy": "fail", **ERROR}),
            Event(EventType.NODE_REJECTED, "Gone", data={"by": "ann"}),
            Event(EventType.NODE_FAILED, "Gone", 2, data=ERROR),
            Event(EventType.RUN_FINISHED, data={"status": "failed"}),
        ]
    )
    assert [(span.name, span.error) for span in made] == [
        ("run work", "run.failed: failed: Go on?, Mend it, Gone, Gone"),
        ("Go on?", "rejected: rejected by ann: not today"),
        ("Mend it", "odd: half ? a pair"),
        ("Gone", "rejected: rejected by ann"),
        ("Gone", "odd: half ? a pair"),
    ]
    assert made[1].happened("approval asked") == [{"mflow.prompt": "Go on?", "mflow.choices": ["a", "b"]}]
    assert made[1].happened("approval refused") == [{"mflow.approval.by": "ann", "mflow.approval.comment": "not today"}]


def test_resources_that_fail_and_results_that_are_taken_over(spans: Callable[[list[Event]], list[Span]]) -> None:
    def resource(action: str, state: str, **more: object) -> Event:
        data = {"component": "dev/x", "address": "a.b", "resource_type": "a", "action": action, "state": state, **more}
        return Event(EventType.RESOURCE, "Mend", data=data)

    made = spans(
        [
            BEGUN,
            Event(EventType.NODE_STARTED, "Mend"),
            Event(EventType.NODE_SUCCEEDED, "Mend", data={"values": {}, "declared": True}),
            Event(EventType.NODE_SUCCEEDED, "Idle", data={"values": {}, "reused": {"visit": 2, "run": "r"}}),
            resource("replace", "started"),
            resource("replace", "complete", seconds=0.5),
            resource("create", "failed", seconds=0.5, message="no room"),
            Event(EventType.RESOURCE, data={"address": "c.d", "action": "delete", "state": "complete"}),
            Event(EventType.NOTICE, "Mend", data={"level": "warning", "message": "slow"}),
            Event(EventType.NOTICE, data={"level": "info", "message": "taken over"}),
            Event(EventType.DIAGRAM_CHANGED, data={"opened": ["Mend"], "edges": [[0, 1]], "visits": {}}),
            Event(EventType.RUN_FINISHED, data={"status": "succeeded"}),
        ]
    )
    found = {span.name: span for span in made}
    assert {name: span.error for name, span in found.items()} == {
        "run work": None,
        "Mend it": None,
        "Skip all": None,
        "replace a.b": None,
        "create a.b": "terraform: no room",
        "delete c.d": None,
    }
    mend = found["Mend it"]
    assert (mend.attributes["mflow.terraform.add"], mend.attributes["mflow.terraform.destroy"]) == (1, 1)
    assert (mend.start, mend.end) == (1001, 1002)
    assert [found[name].start for name in ("replace a.b", "create a.b")] == [1004, 1005.5]
    assert mend.happened("notice") == [{"mflow.level": "warning", "mflow.message": "slow"}]
    reused = found["Skip all"].attributes
    assert (reused["mflow.reused.visit"], reused["mflow.reused.run"]) == (2, "r")
    assert [event.name for event in found["run work"].events] == ["notice", "diagram changed"]


def test_a_run_that_breaks_off_is_told_as_far_as_it_came(spans: Callable[[list[Event]], list[Span]]) -> None:
    made = spans([BEGUN, Event(EventType.NODE_STARTED, "Mend")])
    assert {span.name: span.error for span in made} == {
        "run work": "run.broken: the run broke off",
        "Mend it": "run.broken: the run broke off",
    }


def test_an_event_that_no_span_can_be_made_of_costs_one_warning(sent: Collector, folder: Path) -> None:
    run = start(prepare_diagram(find_project(folder), Request("work", ("vars.yaml",))), options=Options())
    thread = TraceThread(TraceSettings(("otlp",)), TraceSubject.of(run), SpanPlace(1, 2), None, ())
    thread.start()
    for event in (BEGUN, Event(EventType.NODE_STARTED, "Inner"), Event(EventType.NODE_SUCCEEDED, "Inner")):
        thread.event(event)
    thread.event(Event(EventType.NODE_STARTED, "Mend"))
    thread.event(Event(EventType.NOTICE, "Mend", data={"run": "nowhere"}))
    thread.event(Event(EventType.NODE_SUCCEEDED, "Mend"))
    assert thread.close().startswith("this run's trace is not complete: MflowError: ")
    thread.event(BEGUN)
    assert [span.name for span in sent.spans] == ["inner"]


def test_a_node_with_several_handlers_is_in_the_trace_nevertheless(
    spans: Callable[[list[Event]], list[Span]], folder: Path
) -> None:
    (folder / "handlers" / "more.py").write_text((folder / "handlers" / "work.py").read_text())
    made = spans([BEGUN, Event(EventType.NODE_STARTED, "Mend"), Event(EventType.RUN_FINISHED)])
    assert made[1].attributes["mflow.handler"] == "several"


# Any run


@pytest.fixture(scope="module")
def some_folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return RunFolder.create(tmp_path_factory.mktemp("runs"), Source("flowchart TD\n    A\n"), diagram="random")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=integers(0, 10**9), died=booleans())
def test_in_any_run_each_visit_is_one_span_that_ends(some_folder: RunFolder, seed: int, died: bool) -> None:
    drive, _ = compare(seed)
    events = [replace(event, seq=number, at=float(number)) for number, event in enumerate(drive.journal, 1)]
    if died:
        events = events[: len(events) // 2 + 1]
    exporter, ids = InMemorySpanExporter(), RunIds(1)
    provider = TracerProvider(id_generator=ids, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    bindings = bind(Project(some_folder.path), Registry([]), "random", drive.graph.diagram)
    subject = TraceSubject(some_folder, drive.graph, bindings, "embedded", frozenset())
    spans = RunSpans(SpanWriter(provider.get_tracer("test"), ids), subject, None)
    for event in events:
        spans.take(event)
    spans.close()
    [root, *others] = sorted(exporter.get_finished_spans(), key=lambda span: span.name != "run random")
    told = [dict(span.attributes or {}) for span in others]
    visits = [(each["mflow.node.id"], each["mflow.node.visit"]) for each in told]
    begun = {(event.node, event.visit) for event in events if event.type in BEGINNINGS}
    not_left = {(event.node, event.visit) for event in events if event.data.get("kind") == "laps"}
    twice = {visit for visit in visits if visits.count(visit) > 1}
    assert set(visits) == begun
    assert twice <= not_left
    assert len({span.context.span_id for span in (root, *others)}) == len(visits) + 1
    assert all(span.parent and span.parent.span_id == root.context.span_id for span in others)
    assert all(span.start_time <= span.end_time <= root.end_time for span in others)


BEGINNINGS = {
    EventType.NODE_STARTED,
    EventType.NODE_WAITING,
    EventType.NODE_SUCCEEDED,
    EventType.NODE_FAILED,
    EventType.NODE_CANCELLED,
    EventType.DECISION_ANSWERED,
}


# On the command line


def test_every_command_that_runs_a_diagram_traces_it(sent: Collector, folder: Path, mflow: Mflow) -> None:
    done = mflow("run", "work", "--vars", "vars.yaml", "--auto-approve")
    assert (done.code, "trace" in done.err) == (0, False)
    assert mflow("resume").code == 0
    assert [span.attributes["mflow.run.part"] for span in sent.spans if span.name == "run work"] == [1, 2]
    sent.answer = 500
    failed = mflow("run", "inner", "--vars", "vars.yaml", "--format", "json")
    assert failed.code == 0
    assert failed.err.splitlines()[-1].startswith("warning: 3 of 3 spans of this run's trace are not sent: ")
    assert json.loads(failed.out.splitlines()[-1])["type"] == "run_finished"


def test_stages_end_their_own_visits(sent: Collector, ran: Callable[..., Traced], folder: Path) -> None:
    (folder / "diagrams" / "shop.mmd").write_text(
        "---\nmflow: {subgraphs: stages}\n---\nflowchart TD\n"
        "    subgraph One\n        Make[Make Thing]\n    end\n"
        "    subgraph Two\n        More[Make More]\n    end\n"
        "    One --> Two\n"
    )
    done = ran("shop")
    assert (done.status, done.warnings) == (RunStatus.SUCCEEDED, [])
    for name in ("Make Thing", "Make More"):
        assert sent.one(name).attributes["mflow.terraform.add"] == 1
