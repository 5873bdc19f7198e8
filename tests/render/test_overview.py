import pytest

from mermaid_flow.render.drawing import DrawingTooLarge, svg
from mermaid_flow.render.mermaid import executed_diagram
from mermaid_flow.render.overview import drawn_within_limits, overview
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart
from tests.render.recorded import recorded

TEXT = """Start --> A
subgraph One ["First #lt;stage#gt;"]
A --> B
subgraph Inner
B --> C
end
end
subgraph Two
D --> E
end
One --> Two
E --> End
"""


def read(text):
    diagram = parse(text)
    assert isinstance(diagram, Flowchart)
    return diagram


def test_each_outermost_subgraph_is_a_box_with_the_worst_that_happened_in_it():
    text = overview(recorded(TEXT, {"D": {"fail": "boom"}}))
    assert text is not None
    found = read(text)
    assert {vertex.label: vertex.classes for vertex in found.vertices.values()} == {
        "Start": ("succeeded",),
        "First <stage> (3 nodes)": ("succeeded",),
        "Two (2 nodes)": ("failed",),
        "End": ("not_reached",),
    }
    assert len(found.edges) == 3


def test_a_diagram_without_subgraphs_has_none():
    assert overview(recorded("A --> B")) is None


def test_arrows_between_boxes_are_taken_when_one_of_them_was():
    text = overview(recorded("subgraph S\nA{q}\nend\nsubgraph T\nB\nC\nend\nA -->|yes| B\nA -->|no| C"))
    assert text is not None
    (edge,) = read(text).edges
    assert "stroke:#00866a" in edge.style


def large(subgraphs):
    parts = []
    for number in range(30):
        nodes = "\n".join(f"N{number}_{i}[A node with a rather long name {i}] --> N{number}_{i + 1}" for i in range(40))
        parts.append(f"subgraph S{number}\n{nodes}\nend" if subgraphs else nodes)
    return recorded("\n".join(parts))


def test_what_is_within_the_limits_is_drawn_whole():
    record = recorded(TEXT)
    drawn, note = drawn_within_limits(record, lambda text: text)
    assert (drawn, note) == (executed_diagram(record), "")


def test_what_is_too_large_is_drawn_as_an_overview_that_says_so():
    drawn, note = drawn_within_limits(large(subgraphs=True), svg)
    assert drawn.count('class="pele-node ') == 30
    assert note.endswith("so each subgraph is drawn as one box")


def test_what_has_no_overview_is_refused():
    with pytest.raises(DrawingTooLarge):
        drawn_within_limits(large(subgraphs=False), svg)
