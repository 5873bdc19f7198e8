from __future__ import annotations

import json

from hypothesis import given, settings

from mermaid_flow.syntax import parse
from mermaid_flow.syntax.json_form import meaning, to_json
from mermaid_flow.syntax.source import Source
from tests.syntax.diagrams import flowcharts, sequence_diagrams


def test_a_flowchart_has_its_vertices_as_a_list_with_places() -> None:
    source = Source("flowchart TD\n  A[One] -->|yes| B", path="docs/a.md", first_line=10)
    form = to_json(parse(source))
    assert (form["format"], form["kind"], form["source"]) == (1, "flowchart", {"path": "docs/a.md", "first_line": 10})
    vertices = form["vertices"]
    assert isinstance(vertices, list)
    first = vertices[0]
    assert isinstance(first, dict)
    assert (first["id"], first["label"], first["shape"]) == ("A", "One", "rect")
    assert first["span"] == {"line": 11, "column": 3, "end_line": 11, "end_column": 4}


def test_statements_of_a_sequence_diagram_say_their_kind() -> None:
    text = "sequenceDiagram\nalt x\nA->>B: y\nend\nNote over A: z\nactivate A\nautonumber\ndestroy B\n"
    body = to_json(parse(text))["body"]
    assert isinstance(body, list)
    kinds = [statement["kind"] for statement in body if isinstance(statement, dict)]
    assert kinds == ["fragment", "note", "activation", "autonumber", "lifecycle"]
    fragment = body[0]
    assert isinstance(fragment, dict)
    assert fragment["fragment"] == "alt"


def test_warnings_have_their_place() -> None:
    form = to_json(parse("sequenceDiagram\nA->>B: x # y"))
    (warning,) = form["warnings"] if isinstance(form["warnings"], list) else []
    assert isinstance(warning, dict)
    assert warning["span"] == {"line": 2, "column": 10, "end_line": 2, "end_column": 13}


def test_what_json_does_not_know_is_a_text() -> None:
    form = to_json(parse('---\na: .inf\nb: {"1": [null, 1.5, true]}\n---\nsequenceDiagram\n'))
    assert form["front_matter"] == {"a": "inf", "b": {"1": [None, 1.5, True]}}


def test_the_meaning_does_not_depend_on_places() -> None:
    assert meaning(parse("graph TD\nA-->B")) == meaning(parse("graph TD\n\n  A  -->  B"))
    assert meaning(parse("graph TD\nA-->B")) != meaning(parse("graph TD\nA---B"))
    assert meaning(parse("sequenceDiagram\nA->>B: x")) != meaning(parse("sequenceDiagram\nA->>B: y"))


@settings(max_examples=40, deadline=None)
@given(sequence_diagrams(), flowcharts())
def test_every_diagram_is_json(sequence: str, flowchart: str) -> None:
    for text in (sequence, flowchart):
        assert json.loads(json.dumps(to_json(parse(text)), allow_nan=False)) == to_json(parse(text))
