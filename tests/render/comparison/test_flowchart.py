from mermaid_flow.engine.events import EventType
from mermaid_flow.render.comparison import Change, Fate, as_mermaid, as_text, compare_diagrams, compare_runs
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart
from tests.render.recorded import recorded

BEFORE = """flowchart LR
A[Start] --> B{Ok?} -->|yes| C[Do it]
B -->|no| D["Old #lt;way#gt;"] --> E
"""
AFTER = """flowchart LR
A[Start] --> B{All ok?} -->|yes| C(Do it)
B -->|no| N[New way] --> E
C ~~~ E
"""


def flowchart(text):
    diagram = parse(text)
    assert isinstance(diagram, Flowchart)
    return diagram


def diagrams():
    return compare_diagrams(flowchart(BEFORE), flowchart(AFTER), ("old", "new"))


def runs(before, after, inputs=({}, {}), **more):
    return compare_runs(recorded(before, run="first", **more), recorded(after, run="second", **more), inputs)


def test_boxes_and_arrows_of_diagrams():
    found = diagrams()
    assert [(node.id, node.fate, node.changes) for node in found.nodes] == [
        ("B", Fate.CHANGED, (Change("label", "Ok?", "All ok?"),)),
        ("C", Fate.CHANGED, (Change("shape", "rect", "rounded"),)),
        ("N", Fate.ADDED, ()),
        ("D", Fate.REMOVED, ()),
    ]
    assert [(arrow.start, arrow.end, arrow.label, arrow.fate) for arrow in found.arrows] == [
        ("B", "N", "no", Fate.ADDED),
        ("N", "E", "", Fate.ADDED),
        ("C", "E", "", Fate.ADDED),
        ("B", "D", "no", Fate.REMOVED),
        ("D", "E", "", Fate.REMOVED),
    ]


def test_the_same_arrow_drawn_twice_counts_twice():
    found = compare_diagrams(
        flowchart("flowchart TD\nA --> B"), flowchart("flowchart TD\nA --> B\nA --> B"), ("a", "b")
    )
    assert [arrow.index for arrow in found.arrows] == [1]


def test_a_diagram_compared_with_itself():
    found = compare_diagrams(flowchart(BEFORE), flowchart(BEFORE), ("a", "b"))
    assert not found
    assert as_text(found) == "a and b are the same\n"
    assert "mflow_same" in as_mermaid(found, flowchart(BEFORE), flowchart(BEFORE))


def test_drawn_as_one_diagram():
    text = as_mermaid(diagrams(), flowchart(BEFORE), flowchart(AFTER))
    assert text.startswith(AFTER)
    both = flowchart(text)
    assert {node: vertex.classes[-1] for node, vertex in both.vertices.items()} == {
        "A": "mflow_same",
        "B": "mflow_changed",
        "C": "mflow_changed",
        "N": "mflow_added",
        "D": "mflow_removed",
        "E": "mflow_same",
    }
    assert both.vertices["D"].label == "Old <way>"
    assert [(edge.start, edge.end) for edge in both.edges if edge.style and "dasharray" in edge.style[-1]] == [
        ("B", "D"),
        ("D", "E"),
    ]


def test_text_has_a_line_for_each_difference():
    lines = as_text(diagrams()).splitlines()
    assert lines[:6] == [
        "old -> new",
        "nodes",
        "  ~ All ok?  (B)",
        "      label: Ok? -> All ok?",
        "  ~ Do it  (C)",
        "      shape: rect -> rounded",
    ]
    assert "  - B to D (no)" in lines


def test_what_happened_in_two_runs():
    text = "A{Ok?} -->|yes| B --> C\nA -->|no| D"
    before = recorded(text, {"B": {"resources": [{"address": "x", "state": "complete"}]}}, run="first")
    after = recorded(text, {"A": {"labels": ["no"]}, "D": {"fail": "boom"}}, run="second")
    found = compare_runs(before, after, ({"a": {"b": 1}, "same": [1]}, {"a": {"b": 2, "c": None}, "same": [1]}))
    assert [(node.id, node.changes) for node in found.nodes] == [
        ("B", (Change("outcome", "succeeded", "not chosen"), Change("resources", "+1", "none"))),
        ("C", (Change("outcome", "succeeded", "not chosen"),)),
        ("D", (Change("outcome", "not chosen", "failed"),)),
    ]
    assert found.run == (Change("outcome", "succeeded", "failed"),)
    assert found.decisions == (Change("Ok?", "yes", "no"),)
    assert found.inputs == (Change("a.b", "1", "2"), Change("a.c", None, "null"))
    assert "  a.c: - -> null" in as_text(found).splitlines()


def test_a_box_that_changed_and_went_another_way_has_both():
    found = runs("A[One] --> B", "A[Two] --> B\nA --> C")
    assert [(node.id, node.fate) for node in found.nodes] == [("A", Fate.CHANGED), ("C", Fate.ADDED)]
    found = compare_runs(recorded("A[One]", {"A": {"fail": "x"}}), recorded("A[Two]"), ({}, {}))
    assert found.nodes[0].changes == (Change("label", "One", "Two"), Change("outcome", "failed", "succeeded"))


def test_removed_boxes_of_runs_are_listed_last():
    assert [node.id for node in runs("A --> B --> C", "A --> C").nodes] == ["B"]


def test_only_noticeable_durations_differ():
    def slow(script):
        script.record(EventType.NODE_STARTED, "A", 1, attempt=1)
        script.record(EventType.NODE_SUCCEEDED, "A", 1, seconds=20.0)
        script.record(EventType.RUN_FINISHED, status="succeeded", seconds=20.2)

    fast, other = recorded("A --> B", {"A": {"hang": True}}, more=slow), recorded("A --> B", run="other")
    found = compare_runs(other, fast, ({}, {}))
    assert found.durations[:2] == (Change("the whole run", "3.0s", "20s"), Change("A", "0.5s", "20s"))
    assert not compare_runs(other, other, ({}, {})).durations


def test_what_was_not_reached_has_no_visits_to_compare():
    found = compare_runs(recorded("A --> B"), recorded("A --> B", {"A": {"fail": "boom"}}), ({}, {}))
    assert found.nodes[1].changes == (Change("outcome", "succeeded", "not reached"),)


def test_visits_of_a_loop_are_compared():
    text = "A --> B{Again?} -->|yes| A\nB -->|no| C"
    once = recorded(text, {"B": {"labels": ["no"]}})
    twice = recorded(text, {"B": {"labels": ["yes"]}, "B/2": {"labels": ["no"]}})
    found = compare_runs(once, twice, ({}, {}))
    assert [(node.id, node.changes) for node in found.nodes] == [
        ("A", (Change("visits", "1", "2"),)),
        ("B", (Change("visits", "1", "2"),)),
    ]
    assert found.decisions == (Change("Again?", "no", "yes"), Change("Again? (visit 2)", None, "no"))
