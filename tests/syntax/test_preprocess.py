from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax.preprocess import Prepared, prepare
from mermaid_flow.syntax.source import Source


def prepared(text: str) -> Prepared:
    return prepare(Source(text))


def test_a_plain_text_only_gets_a_last_newline() -> None:
    assert prepared("flowchart TD\nA").text == "flowchart TD\nA\n"


def test_front_matter_is_cut_out_and_read() -> None:
    result = prepared("---\ntitle: Deploy\nmflow:\n  max_laps: 3\n---\nflowchart TD\n")
    assert result.text == "flowchart TD\n\n"
    assert result.title == "Deploy"
    assert result.front_matter == {"title": "Deploy", "mflow": {"max_laps": 3}}


def test_indented_front_matter_needs_the_same_indentation_at_both_fences() -> None:
    assert prepared("  ---\n  title: x\n  ---\n  graph TD\n").title == "x"
    assert prepared("  ---\n  title: x\n---\n  graph TD\n").title == ""


@pytest.mark.parametrize(
    "text", ["\n---\ntitle: x\n---\n", "%% c\n---\ntitle: x\n---\n", "---\n---\n", "---\ntitle: x\n"]
)
def test_what_is_no_front_matter_to_mermaid_stays_in_the_text(text: str) -> None:
    assert "---" in prepared(text).text


def test_front_matter_without_keys_gives_none() -> None:
    assert prepared("---\n- a\n---\ngraph TD\n").front_matter == {}
    assert prepared("---\n\n---\ngraph TD\n").front_matter == {}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("---\ntitle: x\ntitle: y\n---\ngraph TD\n", 3, 1),
        ("  ---\n  a: 1\n  a: 2\n  ---\n  graph TD\n", 3, 3),
        ("---\r\na: 1\r\nb: *c\r\n---\r\ngraph TD\r\n", 3, 4),
        ("---\na: [1\n---\ngraph TD\n", 3, 1),
        ("---\na: \x01\n---\ngraph TD\n", 2, 1),
    ],
)
def test_front_matter_that_is_no_yaml_is_reported_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(MflowError, match="front matter") as caught:
        prepared(text)
    assert caught.value.code == "front_matter"
    assert caught.value.where is not None
    assert (caught.value.where.line, caught.value.where.column) == (line, column)


def test_directives_are_cut_out_wherever_they_stand() -> None:
    result = prepared('%%{init: {"theme": "dark"}}%%\ngraph TD\nA %%{wrap}%%--> B\n%%{\n init: {\n}\n}%%\n')
    assert result.text == "\ngraph TD\nA --> B\n\n\n"


@pytest.mark.parametrize("directive", ["%%{init: {}", "%%{init: {} }%", "%%{title: T\n-init: {}}%%"])
def test_a_directive_that_mermaid_cannot_read_is_reported(directive: str) -> None:
    with pytest.raises(MflowError, match="directive") as caught:
        prepared(f"graph TD\nA\n{directive}\n")
    assert caught.value.where is not None
    assert caught.value.where.line == 3


def test_comments_are_whole_lines_with_something_in_them() -> None:
    text = "%% first\ngraph TD\n  %% second \nA%%b\n%%\n%%c"
    result = prepared(text)
    assert result.text == "graph TD\nA%%b\n%%\n\n"
    assert [comment.text for comment in result.comments] == [" first", " second ", "c"]
    assert [text[slice(*comment.span)] for comment in result.comments] == ["%% first", "%% second ", "%%c"]


def test_carriage_returns_and_a_byte_order_mark_are_dropped() -> None:
    assert prepared("\ufeffgraph TD\r\nA\rB\r\r\nC").text == "graph TD\nA\nB\n\nC\n"


def test_quotes_of_attributes_become_single_so_that_they_do_not_end_a_label() -> None:
    result = prepared('graph TD\nA["<a href="x" b="y">z</a>"] --> B["c="d""]')
    assert result.text == 'graph TD\nA["<a href=\'x\' b=\'y\'>z</a>"] --> B["c="d""]\n'


def test_the_semicolon_after_a_colour_is_dropped() -> None:
    result = prepared("graph TD\nstyle A fill:#f9f;\nclassDef c fill:#fff;\nstyle B color:red;\nC#1;\n")
    assert "style A fill:#f9f\n" in result.text
    assert "classDef c fill:#fff\n" in result.text
    assert "style B color:red;" in result.text
    assert "C#1;" in result.text
    assert result.warnings == ()


def test_a_dropped_semicolon_in_the_middle_of_a_line_is_worth_a_warning() -> None:
    text = "graph TD\nclassDef c fill:#f9f;stroke:#333\n"
    result = prepared(text)
    assert "fill:#f9fstroke:#333" in result.text
    ((message, span),) = result.warnings
    assert "comma" in message
    assert text[slice(*span)] == ";"


PIECES = ("A", "B --> C\n", "\r\n", "\r", "%% c\n", "  %% d\r\n", "%%{wrap}%%", "\n", ";", "style A b:#c;", '<a b="c">')


@given(st.lists(st.sampled_from(PIECES)).map("".join), st.booleans())
def test_every_place_leads_back_to_the_same_characters(body: str, with_front_matter: bool) -> None:
    text = ("\ufeff---\r\ntitle: x\r\n---\r\n" if with_front_matter else "") + body
    result = prepared(text)
    spans = result.spans()
    same = str.maketrans("\r'", '\n"')
    for start in range(len(result.text) - 1):
        place = result.span(start, start + 1)
        assert text[slice(*place)].translate(same) == result.text[start].translate(same)
        assert spans(start, start + 1) == place
        assert result.offset(start) == place.start
    assert result.span(0, len(result.text)) == spans(0, len(result.text))


def test_an_empty_place_is_where_it_begins() -> None:
    result = prepared("%% c\ngraph TD\n")
    assert result.span(0, 0) == (5, 5)
    assert result.spans()(0, 0) == (5, 5)
