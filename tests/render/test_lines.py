import io
import threading

import pytest

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.render.lines import EventLines, Lines
from mermaid_flow.render.progress import NodeProgress, RunProgress
from tests.render.recorded import graph_of, recorded


def lines_of(record, **more):
    lines = EventLines(RunProgress.of_record(record), **more)
    return [line for event in record.events for line in lines.of(event)]


def said(kind, node=None, visit=1, *, verbose=False, before=(), **data):
    lines = EventLines(RunProgress.of_graph(graph_of("A[Box] --> B")), verbose=verbose)
    for event in before:
        lines.of(event)
    return [line.removeprefix("Box").strip() for line in lines.of(Event(kind, node, visit, data, 1, 100.0))]


def test_a_run_in_lines_with_aligned_names():
    record = recorded(
        "A{NAT needed?} -->|yes| B[Create NAT] --> C[End]\nA -->|no| D[Skip NAT]",
        {"B": {"resources": [{"address": "aws_nat.this", "state": "complete", "seconds": 9.5}]}},
    )
    assert lines_of(record) == [
        "NAT needed?  yes (vars/dev.yaml:3:7)",
        "Skip NAT     not chosen",
        "Create NAT   aws_nat.this created 9.5s",
        "Create NAT   succeeded 0.5s",
        "End          succeeded 0.5s",
    ]


def test_a_failure_says_why_and_what_it_blocks():
    found = lines_of(recorded("A --> B --> C", {"A": {"fail": "no room"}}))
    assert found == ["A  failed 0.5s: no room (hint: look at the log)", "B  not reached: blocked by A"]


def test_verbose_has_a_line_for_every_start():
    record = recorded(
        "A", {"A": {"resources": [{"address": "x", "state": state} for state in ("planned", "started", "complete")]}}
    )
    assert lines_of(record, verbose=True) == [
        "A  started",
        "A  x planned",
        "A  x creating",
        "A  x created",
        "A  succeeded 0.5s",
    ]


@pytest.mark.parametrize(
    ("kind", "node", "data", "line"),
    [
        (EventType.PLAN, None, {"component": "c", "add": 3, "change": 1, "destroy": 0}, "plan +3 ~1"),
        (EventType.PLAN, None, {"component": "c"}, "plan without changes"),
        (EventType.APPLIED, None, {"component": "c", "add": 3, "seconds": 4.0}, "applied +3 in 4.0s"),
        (EventType.APPLIED, None, {"component": "c"}, "applied without changes"),
        (EventType.NODE_STARTED, "A", {"attempt": 2}, "attempt 2"),
        (EventType.NODE_RETRIED, "A", {"attempt": 1, "error": {"message": "x"}}, "attempt 1 failed: x"),
        (EventType.NODE_WAITING, "A", {"prompt": "Sure?"}, "waiting: Sure?"),
        (EventType.NODE_SUCCEEDED, "A", {"declared": True, "seconds": 0.01}, "declared"),
        (EventType.NODE_INTERRUPTED, "A", {"policy": "rerun"}, "was in flight when a process died: rerun"),
        (EventType.NODE_RESET, "A", {"reason": "inputs changed"}, "runs again: inputs changed"),
        (EventType.LOOP_LAPPED, "A", {"lap": 2}, "lap 2"),
        (EventType.NOTICE, "A", {"message": "look", "level": "warning"}, "warning: look"),
        (EventType.NOTICE, "A", {"message": "look"}, "look"),
        (EventType.CANCEL_REQUESTED, None, {"level": "interrupt"}, "asked to stop: interrupt"),
        (EventType.DIAGRAM_CHANGED, None, {}, "the diagram was changed; what has run stays"),
        (EventType.RESOURCE, "A", {"address": "x", "state": "failed", "message": "m"}, "x failed: m"),
        (EventType.RESOURCE, "A", {"address": "x", "state": "complete", "action": "delete"}, "x deleted"),
        (EventType.RESOURCE, "A", {"address": "x", "state": "complete", "action": "import"}, "x import"),
    ],
)
def test_what_is_said_of_an_event(kind, node, data, line):
    (found,) = said(kind, node, **data)
    assert found.removeprefix("c").strip() == line


@pytest.mark.parametrize(
    ("kind", "node", "data"),
    [
        (EventType.RUN_STARTED, None, {}),
        (EventType.SETTLED, None, {"stage": None}),
        (EventType.NODE_STARTED, "A", {"attempt": 1}),
        (EventType.NODE_RESET, "A", {"reason": "x", "reuse": True}),
        (EventType.RESOURCE, "A", {"address": "x", "state": "planned", "action": "create"}),
        (EventType.RESOURCE, "A", {"address": "x", "state": "complete", "action": "read"}),
        (EventType.RUN_FINISHED, None, {"status": "succeeded"}),
    ],
)
def test_what_is_not_worth_a_line(kind, node, data):
    assert said(kind, node, **data) == []


def test_what_waits_says_how_it_is_answered():
    lines = EventLines(RunProgress([NodeProgress("A b", "Release?")]))
    lines.of(Event(EventType.RUN_STARTED, data={"run": "20260101-120000-abcd"}))
    waiting = lines.of(Event(EventType.NODE_WAITING, "A b", 1, {"prompt": "Sure?"}))
    assert waiting == ["Release?  waiting: Sure? (mflow approve 20260101-120000-abcd 'A b')"]


def test_long_names_and_messages_are_shortened():
    record = recorded(f"A[{'long name ' * 9}]", {"A": {"fail": "message " * 100}})
    (line,) = lines_of(record)
    assert line.startswith("long name long name long name long…   failed")
    assert len(line) == 400


def test_a_reminder_says_what_is_still_going_on():
    resources = [{"address": f"module.m.aws_x.r{i}", "state": "started"} for i in range(5)]
    record = recorded(
        "A[One] & B[Two] & C{{Three}} --> D",
        {"A": {"hang": True}, "B": {"hang": True, "resources": resources}, "C": {"wait": True}},
    )
    lines = EventLines(RunProgress.of_record(record))
    for event in record.events:
        lines.of(event)
    began = {node.id: node.began or 0 for node in lines.progress.nodes.values()}
    one, two, three = lines.reminder(began["A"] + 60)
    assert one == "One    still running 1m00s"
    assert two.startswith("Two    still creating aws_x.r0 5")
    assert two.endswith("and 2 more resources")
    assert three.startswith("Three  still waiting")
    assert three.endswith("Go on with C?")


class Output(io.StringIO):
    """Says when something has been written."""

    def __init__(self):
        super().__init__()
        self.written = threading.Event()

    def flush(self):
        if self.getvalue():
            self.written.set()


def test_a_thread_reminds_while_nothing_else_is_said():
    record = recorded("A[One]", {"A": {"hang": True}})
    output = Output()
    lines = Lines(RunProgress.of_record(record), output, lambda: record.events[-1].at + 30, remind=0.01)
    for event in record.events:
        lines.event(event)
    lines.start()
    assert output.written.wait(30)
    lines.stop()
    assert output.getvalue().startswith("One  still running 30s\n")


def test_notices_are_lines():
    output = io.StringIO()
    Lines(RunProgress([]), output, lambda: 0.0).notice("the local cloud\nwas emptied")
    assert output.getvalue() == "the local cloud was emptied\n"


def test_a_reader_that_went_away_does_not_matter():
    class Gone(io.StringIO):
        asked = 0

        def write(self, _):
            self.asked += 1
            raise BrokenPipeError

    gone = Gone()
    Lines(RunProgress([]), gone, lambda: 0.0).notice("anybody?")
    assert gone.asked == 1
