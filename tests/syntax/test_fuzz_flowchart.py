"""Whatever a flowchart's text is, nothing but `MflowError` comes of it, and all places lie within it."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mermaid_flow.syntax import parse_all_problems
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.source import Span

PIECES = r"""
    A B C1 é end default x o v e1@ @{ } { [ ] ( ) ([ ]) [[ ]] [( )] (( )) {{ }} > [/ /] [\ \] [| | " ` "` `" "" ::: :
    ; & , # #quot; #f9f; * . - -- --> --- --x --o x-- <--> o--o == ==> -. .- -.-> .-> ~~~ = < >= <b> <br> <script> ~
    ^ % %% $ subgraph style linkStyle classDef class click call href direction LR TB graph flowchart accTitle: 'b'
    accDescr: accDescr{ fill:#f9f stroke:red,color:blue 0 1,2 interpolate _blank shape: label: rect "a" %%{init: }%%
"""
words = st.lists(
    st.tuples(
        st.sampled_from(PIECES.split()), st.sampled_from(["", "", " ", " ", "\n", "\n", ";", "\t", "\r\n", "\r"])
    ),
    max_size=40,
).map(lambda pairs: "".join(word + gap for word, gap in pairs))
lines = st.lists(
    st.sampled_from(
        [
            "A --> B",
            "A[x] & B{y} -->|t| C:::c --> D",
            'A@{ shape: circle, label: "x" }',
            "A e1@-- t --> B",
            "e1@{ animate: true }",
            "subgraph S [T]",
            "subgraph two words",
            "end",
            "direction LR",
            "%% comment",
            "class A,S,e1 c",
            "style A fill:#f9f;",
            "classDef c,d fill:#f9f,stroke:#333",
            "linkStyle 0 stroke:red",
            "linkStyle default interpolate basis",
            'click A "https://x.y" "tip" _blank',
            "accDescr { a",
            "b }",
            'A["x',
            'y"] -.-> B',
        ]
    ),
    max_size=25,
).map("\n".join)


def spans(chart: Flowchart) -> list[Span | None]:
    found: list[Span | None] = [span for _, span in chart.warnings]
    found += [comment.span for comment in chart.comments]
    found += [use.span for use in (*chart.class_uses, *chart.class_definitions)]
    for vertex in chart.vertices.values():
        found += [vertex.span, vertex.label_span, *(item.span for item in vertex.definitions)]
    for edge in chart.edges:
        found += [edge.span, edge.label_span, edge.start_span, edge.end_span]
    for subgraph in chart.subgraphs:
        found += [subgraph.span, subgraph.title_span]
    return found


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(words, lines, st.text(max_size=200)), st.sampled_from(["flowchart TD\n", "graph LR;", "graph\r\n", ""])
)
@example("A@{ shape: '", "graph TD\n")
@example('A["\ud800"]', "graph TD\n")
@example("A --> B & C\nlinkStyle 00000000000 stroke:red", "graph TD\n")
@example("subgraph S[ ]\nend\nsubgraph \n", "graph TD\n")
@example("direction", "graph TD\n")
@example("A\ndirection\nLR", "graph TD\n")
def test_any_text_is_a_flowchart_or_has_problems_with_places(text: str, header: str) -> None:
    source = header + text
    diagram, problems = parse_all_problems(source)
    assert (diagram is None) == bool(problems)
    for problem in problems:
        assert problem.where is not None
        assert str(problem)
    if isinstance(diagram, Flowchart):
        for span in spans(diagram):
            assert span is None or 0 <= span.start <= span.end <= len(source)
        for vertex in diagram.vertices.values():
            assert source[slice(*vertex.span)].replace("\r", "") == vertex.id
        for number, edge in enumerate(diagram.edges):
            assert edge.index == number
            assert edge.start in diagram.vertices
            assert edge.end in diagram.vertices
        names = {*diagram.vertices, *(subgraph.id for subgraph in diagram.subgraphs)}
        for subgraph in diagram.subgraphs:
            assert set(subgraph.nodes) <= names
