from mermaid_flow.engine.events import EventType
from mermaid_flow.render.closing import ClosingLine, closing_lines, wrapped
from tests.render.recorded import recorded


def texts(record):
    return [line.text for line in closing_lines(record)]


def test_what_stands_out():
    lines = closing_lines(recorded("A", {"A": {"fail": "boom"}}))
    assert [line.text for line in lines if line.mood == "bad"] == ["✘ A failed", "failed in 1.5s: 1 failed"]
    assert ClosingLine("succeeded in 2.0s: 1 succeeded", "good") in closing_lines(recorded("A"))


def test_a_run_that_succeeded_says_what_it_did_and_how_to_see_it():
    def apply(script):
        script.record(EventType.APPLIED, component="dev/it", add=3, change=1, destroy=0, seconds=1.0)
        script.record(EventType.OUTPUTS, component="dev/it", values={"a": 1, "b": 2})

    assert texts(recorded("A{Ok?} -->|yes| B\nA -->|no| C", more=apply)) == [
        "succeeded in 3.0s: 2 succeeded, 1 not chosen; 3 added, 1 changed, 0 destroyed; 2 outputs",
        "  mflow show 20260314-153012-k3x9",
        "  mflow render 20260314-153012-k3x9 -o picture.svg",
    ]


def test_a_run_that_failed_says_why_and_what_comes_next():
    message = "\n".join(f"line {number}" for number in range(20))
    lines = texts(recorded("A[Build it] --> B", {"A": {"fail": message}}))
    assert lines[0] == "✘ Build it failed"
    assert lines[1] == "    line 0"
    assert lines[13:] == [
        "    … 8 more lines in its log",
        "    hint: look at the log",
        "failed in 2.0s: 1 failed, 1 not reached",
        "  mflow show 20260314-153012-k3x9 --log A",
        "  mflow resume 20260314-153012-k3x9",
        "  mflow render 20260314-153012-k3x9 -o picture.svg",
    ]


def test_a_failure_that_was_caught_is_said_to_be():
    lines = texts(recorded("A --> B\nA -->|on error| C", {"A": {"fail": "boom"}}))
    assert lines[0] == "✘ A failed (the diagram caught it)"
    assert "  mflow resume" not in "".join(lines)


def test_a_diagram_with_an_odd_name_gets_a_plain_file_name():
    assert texts(recorded("A", name="; rm -rf /"))[-1].endswith("-o rm-rf.svg")
    assert texts(recorded("A", name="図"))[-1].endswith("-o run.svg")


def test_on_a_terminal_words_stay_whole_and_commands_in_one_piece():
    assert wrapped(ClosingLine("    hint: ask for a certificate"), 20) == "    hint: ask for a\n    certificate"
    assert wrapped(ClosingLine("  mflow show 20260314-153012-k3x9", command=True), 20).count("\n") == 0
    assert wrapped(ClosingLine("short"), 20) == "short"
    assert [line.command for line in closing_lines(recorded("A"))] == [False, True, True]
