"""Markdown and the page: complete, and nothing in a diagram can steer them."""

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.render.comparison import (
    Change,
    Comparison,
    Fate,
    NodeDifference,
    StepDifference,
    as_markdown,
    as_mermaid,
    as_page,
    as_text,
    compare_diagrams,
)
from mermaid_flow.render.labels import quoted_label
from mermaid_flow.syntax import parse
from tests.render.comparison.test_flowchart import AFTER, BEFORE
from tests.render.payloads import PAYLOADS
from tests.render.test_safety import HARMLESS_TAGS, STEERING, Page, visible

FLOW = (parse(BEFORE), parse(AFTER))


def flow():
    found = compare_diagrams(*FLOW, ("old", "new"))
    return found, as_mermaid(found, *FLOW)


def test_markdown_has_the_drawing_and_a_section_for_each_kind():
    text = as_markdown(*flow())
    assert text.startswith("## `old` → `new`\n\n```mermaid\nflowchart LR\n")
    assert "### Nodes\n\n* changed `All ok?`: `label` `Ok?` → `All ok?`\n" in text
    assert "* removed `Old <way>`\n" in text
    assert "### Arrows\n\n* added `B` to `N` `no`\n" in text
    assert as_markdown(Comparison("a", "b"), "") == "## `a` → `b`\n\nThey are the same.\n"


def test_markdown_is_short_enough_for_a_comment():
    found = Comparison("a", "b", inputs=tuple(Change(f"key{number}", None, "x") for number in range(130)))
    text = as_markdown(found, "x" * 50_000)
    assert "mermaid" not in text
    assert "* `key99` – → `x`\n* … and 30 more\n" in text


def test_the_page_has_the_drawing_and_a_section_for_each_kind():
    page = as_page(*flow())
    for text in ("<svg", "<h2>Nodes</h2>", "<h2>Arrows</h2>", "<code>Ok?</code> → <code>All ok?</code>", "- removed"):
        assert text in page
    assert "default-src &#39;none&#39;" not in page
    same = compare_diagrams(FLOW[0], FLOW[0], ("a", "b"))
    assert "They are the same." in as_page(same, as_mermaid(same, FLOW[0], FLOW[0]))


def test_a_drawing_that_is_too_large_is_shown_as_text():
    page = as_page(flow()[0], "flowchart TD\n" + "A --> B\n" * 9000)
    assert "up to 50,000 can be drawn" in page
    assert "<svg" not in page
    assert "<details open>" in page


def test_the_page_needs_the_extra(monkeypatch):
    def missing(*_):
        raise MflowError("missing", code="render.missing")

    monkeypatch.setattr("mermaid_flow.render.comparison.page.inline_svg", missing)
    with pytest.raises(MflowError, match="missing"):
        as_page(*flow())


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_texts_of_diagrams_and_values_are_only_text(payload):
    changes = (Change(payload, payload, None),)
    found = Comparison(
        payload,
        payload,
        participants=(NodeDifference(payload, payload, Fate.CHANGED, changes),),
        steps=(StepDifference("1", payload, Fate.CHANGED, changes),),
        inputs=changes,
    )
    label = quoted_label(payload)
    first, second = (parse(f"sequenceDiagram\nA->>B: {text} {label}\n") for text in ("one", "two"))
    compared = compare_diagrams(first, second, ("a", "b"))
    drawing = as_mermaid(compared, first, second)
    assert len(parse(drawing).participants) == 2
    page = as_page(found, drawing)
    page.encode("utf-8")
    assert {tag for tag, _ in Page(page).tags} <= HARMLESS_TAGS | {"em"}
    assert visible(payload).strip() in "".join(Page(page).text)
    for text in (page, as_markdown(found, drawing), as_text(found), drawing):
        assert not STEERING.search(text)
