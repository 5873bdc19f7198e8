"""Mistakes in flowcharts: where, what, and what to do about it; and going on to find the next."""

from __future__ import annotations

import pytest

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.syntax.flowchart_parser import parse_flowchart, parse_flowchart_all
from mermaid_flow.syntax.preprocess import prepare
from mermaid_flow.syntax.source import Source


def problems(text: str, header: str = "flowchart TD\n") -> list[MflowError]:
    chart, found = parse_flowchart_all(prepare(Source(header + text)))
    assert (chart is None) == bool(found)
    return found


def described(text: str, header: str = "flowchart TD\n") -> list[tuple[int, int, str]]:
    result = []
    for problem in problems(text, header):
        assert problem.where is not None
        result.append((problem.where.line, problem.where.column, f"{problem.message} / {problem.hint}"))
    return result


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        # Links
        ("A -- > B", 2, 3, "no blanks in it"),
        ("A - -> B", 2, 3, "no blanks in it"),
        ("A -> B", 2, 3, "at least two strokes: `-->`"),
        ("A => B", 2, 3, "at least two strokes: `==>`"),
        ("A ->> B", 2, 3, "belongs to sequence diagrams"),
        ("A -->> B", 2, 6, "ends in one `>`"),
        ("A → B", 2, 3, "an arrow is written `-->`"),
        ("A -- text B", 2, 3, "needs an arrow behind it"),
        ("A == a=b ==> B", 2, 3, "put a text with `=`"),
        ("A -. v1.2 .-> B", 2, 3, "full stop"),
        ("A -->", 2, 6, "expected a node"),
        ("A --> ;", 2, 7, "expected a node"),
        ("A & B & --> C", 2, 9, "after `&` stands another node"),
        ("A -->|a (b)| B", 2, 6, "put a label with brackets"),
        ("A -->|ab B", 2, 6, "close the label of the link"),
        ("A o--> B", 2, 3, "the two ends of this arrow differ"),
        ("A <---B", 2, 3, "the two ends of this arrow differ"),
        ("A x-- t x--x B", 2, 3, "this arrow has two beginnings"),
        ("A -- box--> B", 2, 3, "the two ends of this arrow differ"),
        # Nodes
        ("A --> end", 2, 7, "end is a keyword, no id / write it with a capital letter"),
        ("1end --> B", 2, 2, "end is a keyword"),
        ("A[x(y)]", 2, 2, "put it in quotes"),
        ("A[x", 2, 2, "this bracket is not closed"),
        ("A[]", 2, 2, "this label is empty"),
        ('A[""]', 2, 2, "this label is empty"),
        ('A[ "x"]', 2, 2, "a blank before the quote"),
        ("A@{ shape: rect", 2, 2, "close it with `}`"),
        ("A @{ shape: rect }", 2, 3, "no blank before `@{`"),
        ("A@ { shape: rect }", 2, 2, "no blank before `@{`"),
        ("A ::: b", 2, 3, "no blank before `:::`"),
        ("A:::", 2, 2, "the name of a class"),
        ("A=B", 2, 2, "`=` cannot stand in an id"),
        ("😀 --> B", 2, 1, "an id cannot hold 😀"),
        ("Ⅷ --> B", 2, 1, "an id cannot hold Ⅷ"),
        ("A@{ shape: rct }", 2, 12, "there is no shape 'rct' / did you mean 'rect'?"),
        ("A@{ shape: [x] }", 2, 2, "there is no shape"),
        ("A@{ label: [ }", 2, 2, "not valid YAML"),
        ("A@{\nshape: a, label: b\n}", 2, 2, "not valid YAML"),
        ("A@{\njust words\n}", 2, 2, "no `key: value` in this"),
        ("A -- --> B", 2, 3, "needs an arrow behind it"),
        ('A -- "" --> B', 2, 3, "needs an arrow behind it"),
        ('A == "" ==> B', 2, 3, "in quotes"),
        ('A -. "" .-> B', 2, 3, "in quotes"),
        ("A>mail@home]", 2, 2, "unexpected '>'"),
        ("A(-x~~~-)", 2, 2, "put it in quotes"),
        ("A style@--> B", 2, 3, "unexpected 'style'"),
        ("A[|k:v|x]", 2, 2, "put it in quotes"),
        ("A[|style:lt|x]", 2, 2, "put it in quotes"),
        ("A@{\n\n}", 2, 2, "no `key: value` in this"),
        ("A@{ !a: b }", 2, 2, "the tag !a: is not known"),
        ("A-. b --> C", 2, 2, "full stop"),
        # Statements
        ("A B", 2, 3, "need a `;` between them"),
        ("A --> B %% c", 2, 9, "a comment needs a line of its own"),
        ("%%", 2, 1, "draws a bare `%%` as a node"),
        ("subgraph\nA\nend", 2, 1, "neither id nor title"),
        ("subgraph S[T] \nA\nend", 2, 1, "a blank after the title"),
        ("subgraph Front end\nA\nend", 2, 1, "this `subgraph` cannot be read"),
        ("subgraph a, b\nA\nend", 2, 1, "put a title with special signs in it in quotes"),
        ("subgraph S\nA", 2, 1, "this subgraph is not closed"),
        ("A\naccDescr { x\nA --> B", 3, 1, "this `{` is never closed"),
        ("A\nend", 3, 1, "no subgraph open here"),
        ("direction td", 2, 11, "upper case only"),
        ("class A", 2, 1, "this `class` cannot be read"),
        ("class A, B c", 2, 1, "without blanks after the comma"),
        ("style A fill:rgb(1,2,3)", 2, 1, "this `style` cannot be read"),
        ("classDef c", 2, 1, "this `classDef` cannot be read"),
        ("linkStyle 0, 1 stroke:red", 2, 1, "this `linkStyle` cannot be read"),
        ("click A", 2, 1, "this `click` cannot be read"),
        ("A --> B\nlinkStyle 1 stroke:red", 3, 11, "there is no edge 1 / the edges up to here are 0 to 0"),
        ("linkStyle 0 stroke:red\nA --> B", 2, 11, "there is no edge up to here"),
        ("linkStyle default interpolate default", 2, 1, "this `linkStyle` cannot be read"),
        ("linkStyle 99999999999 stroke:red", 2, 11, "there is no edge"),
        ("A --> B\nlinkStyle 00 stroke:red", 3, 11, "there is no edge 00"),
        # Lines that Mermaid drops
        ("A[direction LR] --> B", 2, 3, "drops the rest of this line"),
        ("subgraph S\ndirection LR; A\nend", 3, 11, "drops the rest of this line"),
        ("subgraph S\ndirection LRx A\nend", 3, 11, "drops the rest of this line"),
        ("my direction TB", 2, 4, "drops the rest of this line"),
        ("A; direction TB", 2, 4, "drops the rest of this line"),
        ('A["x\ny"]; direction TB', 3, 6, "drops the rest of this line"),
        ("A -->|direction RL| B", 2, 7, "drops the rest of this line"),
        ("subgraph S[direction LR]\nA\nend", 2, 12, "drops the rest of this line"),
    ],
)
def test_the_message_says_where_what_and_what_to_do(text: str, line: int, column: int, part: str) -> None:
    (problem,) = described(text)
    assert problem[:2] == (line, column)
    assert part in problem[2]


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("graph TD A-->B", 10, "begin on a new line"),
        ("graph td\nA", 7, "upper case only"),
        ("flowchart XX\nA", 11, "the directions are"),
        ("flowchart-elk: TD\nA", 14, "the directions are"),
        ("graphs TD\nA", 1, "begin with `flowchart TD`"),
        ("graph  TD ; A", 11, "begin on a new line"),
        ("graph TD; direction LR\nA", 11, "drops the rest of this line"),
    ],
)
def test_a_wrong_first_line_is_explained(text: str, column: int, part: str) -> None:
    (problem,) = described(text, "")
    assert problem[:2] == (1, column)
    assert part in problem[2]


def test_all_mistakes_are_found_in_the_order_of_the_text() -> None:
    text = "A[x --> B\nC --> D\nE - F\nG@{ shape: nope }\nH --> end\nA --> B; C ->> D\nlinkStyle 7 stroke:red"
    assert [(line, column) for line, column, _ in described(text)] == [(2, 2), (4, 3), (5, 12), (6, 7), (7, 12)]


def test_what_refers_to_unread_statements_is_no_mistake() -> None:
    assert len(problems("A - B\nlinkStyle 0 stroke:red")) == 1


def test_the_end_of_a_subgraph_that_could_not_be_read_is_no_second_mistake() -> None:
    assert len(problems("subgraph O\nsubgraph a,b\nA\nend\nend\nB")) == 1
    assert len(problems("subgraph a,b\nA\nend\nend\nB")) == 2


def test_a_text_without_a_sound_line_gives_a_bounded_number_of_problems() -> None:
    assert len(problems("A B\n" * 500)) == 50
    assert len(problems("A[direction LR]\n" * 500)) == 50
    assert len(problems("A@{ shape: x }\n" * 500)) == 50


def test_a_label_of_several_lines_may_hold_a_line_that_looks_like_a_direction() -> None:
    assert problems('A["x\ndirection LR\ny"]') == []
    assert problems("accTitle: direction LR\nA") == []
    assert problems("subgraph S\ndirection LR;\ndirection TB %% c\nA\nend") == []
    assert problems("subgraph S\nsubgraph T\nA\nend direction LR\nend") == []


def test_one_arrow_cannot_make_more_edges_than_anybody_could_read() -> None:
    many = " & ".join(f"N{i}" for i in range(51))
    (problem,) = problems(f"{many} --> {many}")
    assert "2601 edges" in problem.message
    assert problems(" & ".join(f"N{i}" for i in range(50)) + " --> " + " & ".join(f"M{i}" for i in range(50))) == []


def test_subgraphs_within_subgraphs_have_a_bound() -> None:
    assert problems("subgraph S\n" * 100 + "A\n" + "end\n" * 100) == []
    assert any("more than 100" in problem.message for problem in problems("subgraph S\n" * 101 + "A\n" + "end\n" * 101))
    assert problems("subgraph S\n" * 5_000 + "A\n" + "end\n" * 5_000)


def test_one_mistake_is_raised_as_it_is_and_several_together() -> None:
    with pytest.raises(MflowError, match="at least") as single:
        parse_flowchart(Source("graph TD\nA -> B"))
    assert single.value.code == "syntax"
    with pytest.raises(Problems) as several:
        parse_flowchart(Source("graph TD\nA -> B\nC -> D"))
    assert len(several.value.problems) == 2
