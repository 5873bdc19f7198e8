import io
import json
import sys

import pytest

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.render.reporters import Detail, JsonLines, reporting
from tests.render.recorded import Script, graph_of

GRAPH = graph_of("A[Box] --> B[Other]", "vpc")


@pytest.fixture
def folder(tmp_path):
    return RunFolder.create(tmp_path, GRAPH.diagram.source, diagram="vpc", graph=GRAPH, component="dev/vpc")


def carry_out(folder, form="text", detail=Detail.NORMAL, fates=None, finish=True):
    """What the engine does: journal events, and tell them."""
    with reporting(form, folder, GRAPH, "local: emulated AWS", detail=detail) as report:
        script = Script(GRAPH, fates or {})
        with folder.journal() as journal:
            for event in journal.append(script.play()):
                report.event(event)
        report.notice("the local cloud was emptied")
    return script.events


def test_without_a_terminal_it_is_lines_between_the_target_and_the_outcome(folder, capsys):
    carry_out(folder)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"local: emulated AWS; run {folder.id}"
    assert lines[1:4] == ["Box    succeeded 0.5s", "Other  succeeded 0.5s", "the local cloud was emptied"]
    assert lines[4].startswith("succeeded in ")
    assert lines[5:] == [f"  mflow show {folder.id}", f"  mflow render {folder.id} -o vpc.svg"]


def test_quiet_is_only_the_target_and_the_outcome(folder, capsys):
    carry_out(folder, detail=Detail.QUIET)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"local: emulated AWS; run {folder.id}"
    assert lines[1].startswith("succeeded in ")


def test_verbose_says_when_things_start(folder, capsys):
    carry_out(folder, detail=Detail.VERBOSE)
    assert "Box    started" in capsys.readouterr().out.splitlines()


def test_json_is_the_journal(folder, capsys):
    carry_out(folder, "json")
    captured = capsys.readouterr()
    streamed = [json.loads(line) for line in captured.out.splitlines()]
    journal = [json.loads(line) for line in (folder.path / "journal.jsonl").read_text().splitlines()]
    assert [(event["type"], event.get("node")) for event in streamed] == [
        (event["type"], event.get("node")) for event in journal
    ]
    assert captured.err == "the local cloud was emptied\n"


def test_json_for_a_reader_that_went_away():
    class Gone(io.StringIO):
        asked = 0

        def write(self, _):
            self.asked += 1
            raise BrokenPipeError

    gone = Gone()
    JsonLines(gone).event(Event(EventType.RUN_STARTED))
    assert gone.asked == 1


def test_a_resumed_run_shows_what_was_done_before(folder, capsys):
    carry_out(folder, fates={"B": {"fail": "boom"}})
    capsys.readouterr()
    with reporting("text", folder, GRAPH, "local") as report:
        report.event(Event(EventType.NODE_BLOCKED, "C", 1, {"because": ["B"]}))
    assert "blocked by Other" in capsys.readouterr().out


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """What becomes of standard output once the test says `show`: pytest puts its own in place before the test."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "30")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def show(action):
        output = Terminal()
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", output)
            action()
        return output.getvalue()

    return show


def test_a_terminal_gets_the_tree_and_the_outcome_in_colour(folder, terminal):
    text = terminal(lambda: carry_out(folder, fates={"B": {"fail": "boom"}}))
    assert "✔ Box" in text
    assert "2 of 2 nodes" in text
    assert "\x1b[1;31m✘ Other failed" in text


def test_no_color_has_no_colours(folder, terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = terminal(lambda: carry_out(folder, fates={"B": {"fail": "boom"}}))
    assert "✘ Other failed" in text
    assert "\x1b[1;31m" not in text
    assert "\x1b[31m" not in text


def test_a_terminal_that_cannot_move_gets_lines(folder, terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert "Box    succeeded 0.5s" in terminal(lambda: carry_out(folder))


@pytest.mark.parametrize(("form", "detail"), [("text", Detail.NORMAL), ("text", Detail.QUIET), ("json", Detail.NORMAL)])
def test_what_answers_to_a_key_is_on_standard_error(folder, capsys, form, detail):
    with reporting(form, folder, GRAPH, "local", detail=detail) as report:
        report.interject("finishing what runs")
    assert capsys.readouterr().err == "finishing what runs\n"
