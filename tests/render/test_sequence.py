from pathlib import Path

import pytest

from mermaid_flow.render.drawing import svg
from mermaid_flow.render.markdown import summary
from mermaid_flow.render.mermaid import executed_diagram
from mermaid_flow.render.report import report
from mermaid_flow.render.sequence import MOST_LAPS
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.sequence import Fragment, Message, Note, SequenceDiagram
from tests.render.payloads import PAYLOADS
from tests.render.recorded_sequence import recorded_sequence

SEED = Path(__file__).parents[2].parent / "shared" / "seed" / "08-atmos-drift-detection-workflow.mmd"


def trace(text, answers=None, **more):
    return executed_diagram(recorded_sequence(text, answers, **more)).splitlines()


def body(text, answers=None, **more):
    return [line for line in trace(text, answers, **more)[1:] if " as " not in line]


def test_messages_carry_their_outcome_and_participants_their_names():
    text = """sequenceDiagram
    autonumber
    actor U as A #lt;user#gt;
    participant S as Server
    U->>S: Ask
    S-->>U: Return it
    """
    assert trace(text) == [
        "sequenceDiagram",
        "    autonumber",
        "    actor p1 as A #60;user#62;",
        "    participant p2 as Server",
        "    p1->>p2: Ask · 0.5s",
        "    p2-->>p1: Return it · 0.5s",
    ]


def test_what_failed_lies_on_a_coloured_ground_and_what_follows_was_not_reached():
    assert body("sequenceDiagram\nA->>B: One\nB->>C: Two\nC->>A: Three", {"2": "fail"}) == [
        "    p1->>p2: One · 0.5s",
        "    rect rgba(185, 58, 5, 0.25)",
        "        p2->>p3: Two · failed",
        "    end",
        "    p3-->p1: Three · not reached",
    ]


def test_what_runs_lies_on_another():
    assert body("sequenceDiagram\nA->>B: One", {"1": "hang"})[1] == "        p1->>p2: One · running"


def test_each_lap_has_its_item():
    text = "sequenceDiagram\nA->>B: One\nloop For each environment\nA->>B: Plan\nend"
    assert body(text, {"loop1": [{"name": "dev"}, "prod"]}) == [
        "    p1->>p2: One · 0.5s",
        "    loop For each environment: dev (1 of 2)",
        "        p1->>p2: Plan · 0.5s",
        "    end",
        "    loop For each environment: prod (2 of 2)",
        "        p1->>p2: Plan · 0.5s",
        "    end",
    ]


def test_laps_of_loops_inside_and_beside_are_told_apart():
    text = """sequenceDiagram
    loop For each x
    A->>B: Outer
    loop For each y
    A->>B: Inner
    end
    end
    loop 1 times
    A->>B: Beside
    end
    """
    found = body(text, {"loop1": ["a", "b"], "loop2-1": ["c"], "loop2-2": ["d", "e", "f"], "loop3": 1})
    assert [line.strip() for line in found if line.strip().startswith("loop")] == [
        "loop For each x: a (1 of 2)",
        "loop For each y: c (1 of 1)",
        "loop For each x: b (2 of 2)",
        "loop For each y: d (1 of 3)",
        "loop For each y: e (2 of 3)",
        "loop For each y: f (3 of 3)",
        "loop 1 times: lap 1",
    ]


def test_a_loop_with_a_condition_has_the_laps_that_it_had():
    text = "sequenceDiagram\nloop while there is more\nA->>B: Fetch\nend"
    found = body(text, {"loop1-1": 0, "loop1-2": 0, "loop1-3": None})
    assert [line for line in found if "loop" in line] == [
        "    loop while there is more: lap 1",
        "    loop while there is more: lap 2",
    ]


def test_of_many_laps_the_first_are_drawn_and_those_that_failed():
    text = "sequenceDiagram\nA->>B: One\nloop For each x\nA->>B: Plan\nend"
    items = [f"item {number}" for number in range(100)]
    found = body(text, {"loop1": items})
    assert sum(line.startswith("    loop") for line in found) == MOST_LAPS
    assert found[-1] == "    Note over p1,p2: 80 more laps of For each x, all succeeded"
    failed = body(text, {"loop1": items, "2-90": "fail"})
    assert "    loop For each x: item 89 (90 of 100)" in failed
    assert failed[-1] == "    Note over p1,p2: 69 more laps of For each x, all succeeded"


def test_only_the_branch_that_was_taken_is_drawn():
    text = """sequenceDiagram
    alt Drift
    A->>B: Log it
    else In sync
    A->>B: Fine
    else
    A->>B: Odd
    end
    opt More
    A->>B: More
    end
    """
    assert body(text, {"alt1": 1, "opt2": None, "opt1": None}) == [
        "    alt In sync",
        "        p1->>p2: Fine · 0.5s",
        "    end",
    ]
    assert body(text, {"alt1": 2})[0] == "    alt else"


def test_branches_side_by_side_attempts_and_breaks():
    text = """sequenceDiagram
    par One
    A->>B: Left
    and
    A->>B: Right
    end
    critical Connect
    A->>B: Dial
    option No answer
    A->>B: Wait
    option Busy
    A->>B: Again
    end
    break Enough
    A->>B: Stop
    end
    A->>B: Never
    """
    assert body(text, {"3": "fail", "critical2": 1, "critical1": 1, "break3": 0, "break1": 0}) == [
        "    par One",
        "        p1->>p2: Left · 0.5s",
        "    and",
        "        p1->>p2: Right · 0.5s",
        "    end",
        "    critical Connect",
        "        rect rgba(185, 58, 5, 0.25)",
        "            p1->>p2: Dial · failed",
        "        end",
        "    option Busy",
        "        p1->>p2: Again · 0.5s",
        "    end",
        "    break Enough",
        "        p1->>p2: Stop · 0.5s",
        "    end",
        "    p1-->p2: Never · not reached",
    ]


def test_participants_come_and_go():
    text = "sequenceDiagram\nA->>B: One\ncreate participant C\nA->>C: Hello\ndestroy C\nA->>C: Bye"
    assert [line for line in body(text, lives=True) if "Note" in line] == [
        "    Note over p3: create C · 0.5s",
        "    Note over p3: destroy C · 0.5s",
    ]


def test_one_participant_alone():
    items = list(range(MOST_LAPS + 1))
    found = body("sequenceDiagram\nloop For each x\nA->>A: Think\nend", {"loop1": items})
    assert found[-1] == "    Note over p1: 1 more lap of For each x, all succeeded"


@pytest.mark.skipif(not SEED.is_file(), reason="the seed diagrams are not next to the repository")
def test_the_drift_diagram_in_every_form(tmp_path):
    answers = {"loop1": ["dev", "prod"], "loop2": ["vpc", "rds"], "alt3": 1, "alt3-1-2": 0, "alt1": 1, "alt1-1-2": 0}
    record = recorded_sequence(SEED.read_text(encoding="utf-8"), answers, path=tmp_path)
    text = executed_diagram(record)
    assert text.count("Log drift detection · 0.5s") == 1
    assert text.count("Log component in sync · 0.5s") == 3
    assert text.count("loop For each component: ") == 4
    assert "<svg" in svg(text)
    assert "vpc" in report(record, {})
    assert "```mermaid\nsequenceDiagram" in summary(record)


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_items_and_conditions_are_only_text(payload):
    text = "sequenceDiagram\nA->>B: One\nloop For each x\nA->>B: Plan\nend"
    diagram = parse(executed_diagram(recorded_sequence(text, {"loop1": [payload]})))
    assert isinstance(diagram, SequenceDiagram)
    first, loop = diagram.body
    assert isinstance(first, Message)
    assert isinstance(loop, Fragment)
    assert len(loop.branches[0].body) == 1
    assert not [statement for statement in diagram.body if isinstance(statement, Note)]
