"""What a short run of fuzzing finds: nothing but `MflowError` comes out of the parsers and the formatter.

The long run is `benchmarks/fuzz.py`.
"""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax import parse_all_problems
from mermaid_flow.syntax.source import Source
from mermaid_flow.syntax.writer import format_source
from tests.syntax.diagrams import flowcharts, sequence_diagrams, soups

texts = st.one_of(soups, st.text(max_size=300), sequence_diagrams(), flowcharts())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts)
@example("sequenceDiagram\nparticipant A@{ type: database")
@example("sequenceDiagram\r\naccDescr {\r\n")
@example("---\n- x\n---\nsequenceDiagram")
@example("---\na: {b\n---\nsequenceDiagram")
@example("sequenceDiagram\nparticipant A@{ ? }")
@example("sequenceDiagram\nlinks A: " + "[" * 10_000)
@example("sequenceDiagram\nlinks A: 1" + "0" * 10_000)
@example("sequenceDiagram\nA->>B: #99999999999999;&#x110000;")
@example("\ufeffsequenceDiagram\nA->>B: \ud800")
def test_any_text_is_a_diagram_or_a_list_of_problems_with_places(text: str) -> None:
    diagram, problems = parse_all_problems(text)
    assert (diagram is None) == bool(problems)
    for problem in problems:
        assert problem.where is not None
        assert str(problem)
    try:
        format_source(Source(text))
    except MflowError:
        assert diagram is None
