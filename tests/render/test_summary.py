from mermaid_flow.engine.events import EventType, RunStatus
from mermaid_flow.engine.visits import Changes
from mermaid_flow.render.looks import Look
from mermaid_flow.render.summary import (
    answers,
    changes_text,
    counts_line,
    failures,
    look_counts,
    next_commands,
    status_word,
    total_changes,
    visit_notes,
)
from tests.render.recorded import recorded

FAILING = """A{Ok?} -->|yes| B[Try it] --> C
A -->|no| D
B -->|on error| E[Mend it]
A -->|yes| F[Break] --> G
"""


def test_counts_are_in_a_fixed_order_and_leave_out_what_is_not_there():
    record = recorded(FAILING, {"B": {"fail": "boom"}, "F": {"fail": "crash"}})
    assert look_counts(record) == {Look.SUCCEEDED: 2, Look.FAILED: 2, Look.SKIPPED: 2, Look.NOT_REACHED: 1}
    assert counts_line(record) == "2 succeeded, 2 failed, 2 not chosen, 1 not reached"


def test_failures_that_nothing_caught_come_first():
    found = failures(recorded(FAILING, {"B": {"fail": "boom"}, "F": {"fail": "crash"}}))
    assert [(failure.node.id, failure.error.message, failure.caught) for failure in found] == [
        ("F", "crash", False),
        ("B", "boom", True),
    ]


def test_answers_say_where_they_come_from():
    record = recorded(FAILING, {"A": {"labels": ["yes"], "value": {"deep": [1]}, "where": "vars.yaml:1:2"}})
    (answer,) = answers(record)
    assert (answer.question, answer.answer, answer.value, answer.origin) == (
        "Ok?",
        "yes",
        '{"deep": [1]}',
        "vars.yaml:1:2",
    )


def test_a_default_is_called_so():
    (answer,) = answers(recorded("A{Ok?} --> B\nA -->|no| C", {"A": {"labels": [""], "value": None}}))
    assert answer.answer == "default"


def test_changes_without_zeros():
    assert changes_text(Changes(3, 1, 0)) == "+3 ~1"
    assert changes_text(Changes(0, 0, 2)) == "-2"
    assert changes_text(Changes()) == ""


def test_changes_of_all_components_add_up():
    def apply(script):
        for name, add in (("one", 2), ("two", 3)):
            script.record(EventType.APPLIED, component=name, add=add, change=1, destroy=0, seconds=1.0)

    assert total_changes(recorded("A", more=apply)) == Changes(5, 2, 0)


def test_what_to_type_next():
    assert next_commands(recorded("A")) == []
    assert next_commands(recorded("a.b --> B", {"a.b": {"fail": "boom"}})) == [
        "mflow show 20260314-153012-k3x9 --log a.b",
        "mflow resume 20260314-153012-k3x9",
    ]
    odd = recorded("A#b --> B", {"A#b": {"fail": "boom"}})
    assert next_commands(odd)[0].endswith("--log 'A#b'")
    waiting = recorded("A{{Sure?}} --> B", {"A": {"wait": True}})
    assert "mflow approve 20260314-153012-k3x9 A" in "".join(
        next_commands(recorded("A{{Sure?}} --> B", {"A": {"wait": True}}, more=_end_as_waiting))
    )
    assert waiting.waiting


def _end_as_waiting(script):
    script.record(EventType.RUN_FINISHED, status="waiting", seconds=1.0)


def test_a_run_whose_process_died_is_called_so():
    assert status_word(RunStatus.INTERRUPTED) == "interrupted: its process died"
    assert status_word(RunStatus.FAILED) == "failed"


def test_notes_of_a_visit():
    record = recorded(
        "A{Ok?} -->|yes| B --> C --> D{{Sure?}} --> E --> F",
        {
            "B": {"retry": "no network", "resources": [{"address": "x", "state": "complete"}]},
            "C": {"skip": "nothing asked for"},
            "E": {"fail": "boom"},
        },
    )
    notes = {node.id: visit_notes(node.last) for node in record.nodes.values() if node.last}
    assert notes["A"] == ["yes (vars/dev.yaml:3:7)"]
    assert notes["B"] == ["+1", "2 attempts"]
    assert notes["C"] == ["nothing asked for"]
    assert notes["D"] == ["approved by alice"]
    assert notes["F"] == ["blocked by E"]


def test_a_result_that_was_taken_over_says_whose_it_is():
    def reuse(script):
        script.record(EventType.NODE_STARTED, "A", 1, attempt=1)
        script.record(EventType.NODE_SUCCEEDED, "A", 1, reused={"run": "20260101-000000-aaaa", "visit": 2})

    record = recorded("A", {"A": {"hang": True}}, more=reuse)
    assert record.nodes["A"].last is not None
    assert "unchanged: result of visit 2 of run 20260101-000000-aaaa" in visit_notes(record.nodes["A"].last)
