"""What Mermaid accepts and loses or misreads in silence is said by a warning with its place."""

from __future__ import annotations

import pytest

from mermaid_flow.syntax.flowchart_parser import parse_flowchart
from mermaid_flow.syntax.source import Source


@pytest.mark.parametrize(
    ("text", "part", "place"),
    [
        ("class A c\nA", "drops its class", "A"),
        ("B\nclass B,A c", "drops its class", "A"),
        ('click A "u"\nA', "drops its click", "A"),
        ("style A fill:red", "makes a node of it", "A"),
        ("A --only--> B", "reads `--o` as the arrow and 'n'", "--o"),
        ("A ---xB", "reads `---x` as the arrow and 'B'", "---x"),
        ("A\n---\nB", "a link between the lines around it", "---"),
        ("direction LR\nA", "no effect outside of a subgraph", "direction LR"),
        ("subgraph S\ndirection RLL\nA\nend", "reads RL here and drops 'L'", "RLL"),
        ("subgraph S \nA\nend", "takes S for a title", "S"),
        ("subgraph S\nA\nend\nsubgraph T\nA\nend", "in the subgraph S already", "A"),
        ("subgraph S\nA\nend\nsubgraph S\nB\nend", "makes one of the two", "subgraph S\nB\nend"),
        ("A e1@--> B e1@--> C", "drops the id", "-->"),
        ('A@{ label: "" }', "empty label", '@{ label: "" }'),
        ("A@{ lable: x }", "ignores the key 'lable'; did you mean 'label'?", "@{ lable: x }"),
        ("A e1@--> B\ne1@{ shape: rect }", "ignores the key 'shape'", "@{ shape: rect }"),
        ("classDef c fill:#f9f;stroke:#333", "drops this `;`", ";"),
        ('A["x\n%% y\nz"]', "takes this line of the label for a comment", "%% y"),
        ('A -- "x\n%% y\nz" --> B', "takes this line of the label for a comment", "%% y"),
        ("A%%b", "takes `%%` for a part of this name", "A%%b"),
        ("subgraph S %% c\nA\nend", "takes `%%` for a part of this name", "S %% c"),
    ],
)
def test_what_is_lost_in_silence_is_said(text: str, part: str, place: str) -> None:
    chart = parse_flowchart(Source(f"flowchart TD\n{text}"))
    found = [(message, chart.source.text[slice(*span)]) for message, span in chart.warnings]
    assert any(part in message and where == place for message, where in found), found


@pytest.mark.parametrize(
    "text",
    [
        "A --> B:::c\nclass A,B c\nstyle A fill:#f9f;\nclick A callback",
        "A --x B\nB --o C\nC ---\nD",
        "subgraph S\nA\nsubgraph T\nA\nend\nend\nclass S c\nstyle S fill:red\nS --> B",
        "subgraph S [T]\nA\nend\n%% a comment\nB",
        'A@{ shape: rect, label: x }\nB e1@--> C\ne1@{ animate: true }\nD["two\nlines"]',
    ],
)
def test_good_diagrams_have_no_warnings(text: str) -> None:
    assert parse_flowchart(Source(f"flowchart TD\n{text}")).warnings == ()
