"""Every place that a flowchart names is a place in the text as the user wrote it."""

from __future__ import annotations

import pytest

from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.flowchart_parser import parse_flowchart
from mermaid_flow.syntax.source import Source, Span

PLAIN = """flowchart TD
    Start([ Start ]):::go --> Check{"Is it #quot;on#quot;?"}
    Check -->| Yes | Work@{ shape: rect, label: "Do it" } & Other
    Check e1@-- no, not yet --> Start
    subgraph One [ The first ]
        Work --- Other[/x/]
    end
    subgraph "Two words"
        Z
    end
    classDef go,stop fill:#f9f
    class Work,Other stop
"""


def disturbed(text: str) -> str:
    """The same diagram after a front matter, with comments, a directive and Windows line ends."""
    lines = text.splitlines()
    lines[2:2] = ["%% a comment", "  %%{wrap}%%"]
    lines[6:6] = ["%% another"]
    return "\ufeff" + "\r\n".join(["---", "title: x", "---", *lines, ""])


@pytest.fixture(params=["plain", "disturbed"])
def chart(request: pytest.FixtureRequest) -> Flowchart:
    return parse_flowchart(Source(PLAIN if request.param == "plain" else disturbed(PLAIN)))


def at(chart: Flowchart, span: Span | None) -> str:
    assert span is not None
    return chart.source.text[span.start : span.end]


def test_a_vertex_points_at_its_first_mention_and_its_label(chart: Flowchart) -> None:
    assert {name: at(chart, vertex.span) for name, vertex in chart.vertices.items()} == {
        name: name for name in ("Start", "Check", "Work", "Other", "Z")
    }
    start = chart.vertices["Start"].span.start
    assert start == chart.source.text.index("Start(")
    labels = {name: at(chart, vertex.label_span) for name, vertex in chart.vertices.items() if vertex.label_span}
    assert labels == {"Start": "Start", "Check": "Is it #quot;on#quot;?", "Work": "Do it", "Other": "x"}


def test_a_definition_points_at_the_id_with_its_brackets_or_at_the_data(chart: Flowchart) -> None:
    places = {name: [at(chart, item.span) for item in vertex.definitions] for name, vertex in chart.vertices.items()}
    assert places == {
        "Start": ["Start([ Start ])"],
        "Check": ['Check{"Is it #quot;on#quot;?"}'],
        "Work": ['@{ shape: rect, label: "Do it" }'],
        "Other": ["Other[/x/]"],
        "Z": [],
    }


def test_an_edge_points_at_its_arrow_its_label_and_its_ends(chart: Flowchart) -> None:
    assert [(at(chart, edge.span), edge.label_span and at(chart, edge.label_span)) for edge in chart.edges] == [
        ("-->", None),
        ("-->| Yes |", "Yes"),
        ("-->| Yes |", "Yes"),
        ("-- no, not yet -->", "no, not yet"),
        ("---", None),
    ]
    assert [(at(chart, edge.start_span), at(chart, edge.end_span)) for edge in chart.edges] == [
        (edge.start, edge.end) for edge in chart.edges
    ]
    third = chart.edges[2]
    assert third.start_span is not None
    assert chart.source.text[third.start_span.end :].startswith(" -->| Yes |")


def test_a_subgraph_points_at_all_of_it_and_at_its_title(chart: Flowchart) -> None:
    one, two = chart.subgraphs
    assert at(chart, one.span).startswith("subgraph One [ The first ]")
    assert at(chart, one.span).endswith("end")
    assert "Other[/x/]" in at(chart, one.span)
    assert "Two words" not in at(chart, one.span)
    assert at(chart, one.title_span) == "The first"
    assert at(chart, two.title_span) == "Two words"


def test_classes_point_at_their_names(chart: Flowchart) -> None:
    assert [at(chart, item.span) for item in chart.class_definitions] == ["go", "stop"]
    assert [at(chart, item.span) for item in chart.class_uses] == ["go", "stop"]
    assert chart.class_uses[1].span.start > chart.source.text.index("class Work")


def test_a_place_is_reported_with_the_line_of_its_file() -> None:
    source = Source("graph TD\n  A[x]\n", path="docs/a.md", first_line=11, indent=2)
    chart = parse_flowchart(source)
    location = source.location(chart.vertices["A"].span)
    assert str(location) == "docs/a.md:12:5"
    assert location.caret() == "    A[x]\n    ^"
