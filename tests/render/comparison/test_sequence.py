from mermaid_flow.render.comparison import (
    Change,
    Fate,
    as_mermaid,
    as_text,
    compare_diagrams,
    compare_runs,
)
from mermaid_flow.render.drawing import svg
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.sequence import Fragment, SequenceDiagram
from tests.render.recorded_sequence import recorded_sequence

BEFORE = """sequenceDiagram
    actor U as User
    participant S as Server
    U->>S: Place the orders
    loop for each order
        S->>S: Check {order}
        alt in stock
            S->>U: Reserve
        else sold out
            S->>U: Say so
        end
    end
    S-->>U: Done
"""
AFTER = """sequenceDiagram
    actor U as User
    participant S as Service
    participant M
    U->>S: Place all the orders
    loop for each order
        S->>S: Check {order}
        alt in stock
            S->>U: Reserve
            S->>M: Write
        else sold out for now
            S->>U: Say so
        end
    end
    opt audit
        S->>M: Report
        Note right of M: in prod
    end
"""


def sequence(text):
    diagram = parse(text)
    assert isinstance(diagram, SequenceDiagram)
    return diagram


def diagrams(before=BEFORE, after=AFTER):
    return compare_diagrams(sequence(before), sequence(after), ("old", "new"))


def runs(before, after=None, text=BEFORE, other=None, inputs=({}, {})):
    first = recorded_sequence(text, before)
    second = recorded_sequence(other or text, after or before)
    return compare_runs(first, second, inputs)


def changes(found):
    return {step.id: step.changes for step in found.steps}


def test_messages_conditions_and_participants_of_diagrams():
    found = diagrams()
    assert [(one.id, one.fate, one.changes) for one in found.participants] == [
        ("S", Fate.CHANGED, (Change("name", "Server", "Service"),)),
        ("M", Fate.ADDED, ()),
    ]
    assert [(step.id, step.fate, step.label, step.changes) for step in found.steps] == [
        (
            "1",
            Fate.CHANGED,
            "U to S: Place all the orders",
            (Change("text", "Place the orders", "Place all the orders"),),
        ),
        ("alt1", Fate.CHANGED, "alt in stock", (Change("condition", "sold out", "sold out for now"),)),
        ("4", Fate.ADDED, "S to M: Write", ()),
        ("5", Fate.REMOVED, "S to U: Done", ()),
        ("opt1", Fate.ADDED, "opt audit", ()),
        ("6", Fate.ADDED, "S to M: Report", ()),
        ("note1", Fate.ADDED, "note at M: in prod", ()),
    ]


def test_ends_arrows_kinds_and_branches():
    found = diagrams(
        "sequenceDiagram\nA->>B: One\nNote over A: n\nopt x\nA->>B: Two\nend\nB->>A: Three",
        "sequenceDiagram\nA-->>C: One\nNote left of A: n\nalt x\nA->>B: Two\nelse\nA->>B: Four\nend",
    )
    assert changes(found) == {
        "1": (Change("to", "B", "C"), Change("arrow", "SOLID", "DOTTED")),
        "note1": (Change("place", "over A", "left A"),),
        "alt1": (Change("kind", "opt", "alt"), Change("branch", None, "else")),
        "3": (),
    }
    assert [(one.id, one.fate) for one in found.participants] == [("C", Fate.ADDED)]


def test_a_diagram_compared_with_itself():
    found = diagrams(BEFORE, BEFORE)
    assert not found
    assert as_text(found) == "old and new are the same\n"
    assert "rect" not in as_mermaid(found, sequence(BEFORE), sequence(BEFORE))


def test_drawn_as_one_diagram():
    text = as_mermaid(diagrams(), sequence(BEFORE), sequence(AFTER))
    assert text.splitlines() == [
        "sequenceDiagram",
        "    actor p1 as User",
        "    participant p2 as #126; Service",
        "    participant p3 as #43; M",
        "    rect rgba(200, 160, 0, 0.3)",
        "        p1->>p2: #126; Place all the orders",
        "        Note over p1,p2: text: Place the orders -#62; Place all the orders",
        "    end",
        "    loop for each order",
        "        p2->>p2: Check #123;order#125;",
        "        alt in stock",
        "            rect rgba(200, 160, 0, 0.3)",
        "                Note over p1,p3: condition: sold out -#62; sold out for now",
        "            end",
        "            p2->>p1: Reserve",
        "            rect rgba(11, 99, 184, 0.2)",
        "                p2->>p3: #43; Write",
        "            end",
        "        else #126; sold out for now",
        "            p2->>p1: Say so",
        "        end",
        "    end",
        "    rect rgba(217, 72, 15, 0.2)",
        "        p2-->>p1: - Done",
        "    end",
        "    rect rgba(11, 99, 184, 0.2)",
        "        opt #43; audit",
        "            p2->>p3: #43; Report",
        "            Note right of p3: #43; in prod",
        "        end",
        "    end",
    ]
    assert "Place all the orders" in svg(text)


def test_arrows_of_all_kinds_and_lives_are_drawn():
    arrows = {
        "A->B": "p1->p2",
        "A-->B": "p1-->p2",
        "A-xB": "p1-xp2",
        "A--)B": "p1--)p2",
        "A<<-->>B": "p1<<-->>p2",
        "A/|-B": "p2->>p1",
    }
    text = "sequenceDiagram\nactor A\ncreate participant B\n" + "".join(f"{arrow}: x\n" for arrow in arrows)
    drawn = as_mermaid(diagrams(text, text), sequence(text), sequence(text)).splitlines()
    assert drawn[3] == "    Note over p2: create B"
    assert [line.strip() for line in drawn[4:]] == [f"{arrow}: x" for arrow in arrows.values()]


def test_a_branch_that_is_gone_is_drawn_where_it_was():
    before = "sequenceDiagram\nA->>B: One\nalt x\nA->>B: Two\nelse y\nA->>B: Three\nend"
    after = "sequenceDiagram\nA->>B: One\nopt x\nA->>B: Two\nend"
    drawn = sequence(as_mermaid(diagrams(before, after), sequence(before), sequence(after)))
    [fragment] = [statement for statement in drawn.body if isinstance(statement, Fragment)]
    assert (fragment.kind, [branch.text for branch in fragment.branches]) == ("alt", ["x", "- y"])


def test_a_fragment_without_messages_has_its_note_over_the_first_participant():
    before, after = (f"sequenceDiagram\nparticipant A\nloop {number} times or so\nend" for number in (2, 3))
    assert "Note over p1: condition" in as_mermaid(diagrams(before, after), sequence(before), sequence(after))


STOCK = {"loop1": ["books", "pens"], "alt1-1": 0, "alt1-2": 1}


def test_laps_are_compared_by_their_item():
    found = runs(STOCK, {"loop1": ["ink", "pens", "books"], "alt1-1": 0, "alt1-2": 0, "alt1-3": 0, "3-3": "fail"})
    assert changes(found) == {
        "loop1": (Change("laps", "2", "3"),),
        "3": (Change("outcome (books)", "succeeded", "failed"), Change("times", "1", "3")),
        "4": (Change("times", "1", "0"),),
        "5": (Change("outcome", "succeeded", "not reached"),),
    }
    assert found.run == (Change("outcome", "succeeded", "failed"),)
    assert found.decisions[0] == Change("for each order", "books, pens", "ink, pens, books")
    assert [change.what for change in found.decisions[1:]] == ["in stock (ink)", "in stock (pens)"]


def test_runs_that_went_alike_are_the_same():
    assert not runs(STOCK)
    assert as_text(runs(STOCK, inputs=({"a": 1}, {"a": 2}))).splitlines()[1:] == ["inputs", "  a: 1 -> 2"]


def test_laps_of_a_condition_are_counted():
    text = "sequenceDiagram\nloop while there is more\nA->>B: Fetch\nend\nA->>B: Done"
    found = runs({"loop1-1": 0, "loop1-2": None}, {"loop1-1": 0, "loop1-2": 0, "loop1-3": None}, text)
    assert changes(found) == {"loop1": (Change("laps", "1", "2"),)}
    assert found.decisions == ()


def test_items_of_the_same_name_are_told_apart():
    answers = {"loop1": ["a", "a"], "alt1": 0}
    assert changes(runs(answers, {**answers, "3-2": "fail"})) == {
        "3": (Change("outcome (a) 2", "succeeded", "failed"),),
        "5": (Change("outcome", "succeeded", "not reached"),),
    }


def test_a_loop_over_nothing():
    found = runs(STOCK, {"loop1": []})
    assert changes(found)["loop1"] == (Change("laps", "2", "0"),)
    assert found.decisions[0] == Change("for each order", "books, pens", "no items")


def test_a_step_that_is_in_one_diagram_only_has_no_history():
    found = runs({"alt1": 0, "loop1": [1]}, {"alt1": 0, "loop1": [1], "opt1": 0}, BEFORE, AFTER)
    assert {step.id: step.fate for step in found.steps if step.fate is not Fate.CHANGED}["4"] is Fate.ADDED
    assert Change("audit", None, "0") in found.decisions


def test_many_changes_of_one_step_are_counted_in_the_drawing():
    text = "sequenceDiagram\nloop for each x\ncritical try\nA->>B: Dial\noption busy\nA->>B: Wait\nend\nend"
    items = [f"item {number}" for number in range(9)]
    before = recorded_sequence(text, {"loop1": items})
    after = recorded_sequence(text, {"loop1": items, "1": "fail", "critical1": 0})
    found = compare_runs(before, after, ({}, {}))
    assert len(changes(found)["1"]) == 9
    assert changes(found)["2"] == (Change("times", "0", "9"),)
    drawn = as_mermaid(found, before.diagram, after.diagram)
    assert "outcome (item 4): succeeded -#62; failed<br/>… 4 more changes" in drawn


def test_types_and_names_of_participants():
    found = diagrams("sequenceDiagram\nparticipant A\nparticipant B", "sequenceDiagram\nactor A\nparticipant B")
    assert [(one.id, one.changes) for one in found.participants] == [("A", (Change("type", "participant", "actor"),))]
