import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mermaid_flow.render.escaping import fenced, json_text, markdown, one_line, shortened, visible, visible_source
from mermaid_flow.render.labels import quoted_label
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart

ANYTHING = st.text(st.characters(), max_size=60) | st.text("`|\\<>[]()!*_~#&;@\n\t ab-+.1", max_size=30)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\rb", "a\\x0db"),
        ("\x9b", "\\x9b"),
        ("\u202e", "\\u202e"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("Ünï 👩\u200d💻", "Ünï 👩\u200d💻"),
        (7, "7"),
    ],
)
def test_what_could_steer_is_shown_as_its_code(text, shown):
    assert visible(text) == shown


def test_a_diagram_keeps_its_line_ends():
    assert visible_source("a\r\nb\rc\n") == "a\r\nb\\x0dc\n"


@given(ANYTHING)
def test_one_line_is_one_line(text):
    assert one_line(text).splitlines() in ([], [one_line(text)])


def test_long_texts_end_with_an_ellipsis():
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("abcd", 4) == "abcd"


@given(
    st.recursive(ANYTHING | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(ANYTHING, inner))
)
def test_json_means_the_same(value):
    assert json.loads(json_text(value)) == json.loads(json.dumps(value))


@given(ANYTHING)
def test_markdown_is_code_and_shows_the_text(text):
    shown = markdown(text, 1_000)
    tokens = MarkdownIt("commonmark", {"html": True}).parseInline(f"x {shown} y")[0].children or []
    kinds = [token.type for token in tokens]
    expected = one_line(text)
    if not expected:
        assert shown == ""
    elif "code_inline" in kinds:
        assert [token.content for token in tokens if token.type == "code_inline"] == [expected]
    else:
        assert {token.content for token in tokens if token.type == "html_inline"} == {"<code>", "</code>"}
        assert "".join(token.content for token in tokens if token.type == "text") == f"x {expected} y"
    assert "|" not in shown


@given(ANYTHING)
def test_nothing_closes_a_fence(text):
    block = fenced(visible(text), "text")
    tokens = MarkdownIt("commonmark").parse(f"{block}\nafter")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


@given(ANYTHING)
def test_labels_that_we_write_read_back(text):
    diagram = parse(f'flowchart TD\nA["{quoted_label(text, 1_000) or "empty"}"] --> B')
    assert isinstance(diagram, Flowchart)
    assert list(diagram.vertices) == ["A", "B"]
    assert diagram.vertices["A"].label == (one_line(text) or "empty")
