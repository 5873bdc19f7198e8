import re
import sys
from xml.etree import ElementTree as ET

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.render.drawing import LIMIT, DrawingTooLarge, inline_svg, png, svg
from mermaid_flow.render.mermaid import executed_diagram
from tests.render.recorded import recorded

NAMESPACE = "{http://www.w3.org/2000/svg}"


def test_boxes_and_arrows_keep_ids_and_classes():
    root = ET.fromstring(svg(executed_diagram(recorded("A:::mine --> B"))))  # noqa: S314 - our own
    groups = {group.get("data-id"): group.get("class", "") for group in root.iter(f"{NAMESPACE}g")}
    assert "mine" in groups["A"].split()
    assert "mflow_succeeded" in groups["A"].split()
    assert "L_A_B_0" in groups


def test_a_file_has_white_paper_and_no_style_attributes():
    drawn = svg("flowchart TD\nA --> B\nstyle A fill:#123456,stroke-dasharray:4 2")
    assert drawn.startswith("<svg ")
    assert '<rect width="100%" height="100%" fill="#FFFFFF"' in drawn
    assert "style=" not in drawn
    assert 'fill="#123456"' in drawn
    assert 'stroke-dasharray="4 2"' in drawn


def test_in_a_page_the_theme_is_the_pages_and_the_authors_colours_stay():
    drawn = inline_svg(
        'flowchart TD\nsubgraph S\nA["x"] -->|l| B\nend\nstyle A fill:#FFFFFF,color:#000000', 'a "title" <b>'
    )
    assert "xmlns" not in drawn
    assert 'fill="#FFFFFF"' in drawn
    assert 'fill="#000000"' in drawn
    assert "var(--drawing-box)" in drawn
    assert "var(--drawing-paper)" in drawn
    assert not re.search("#(172D4A|596579|E5EFFA|F0F4FA|4472C4)", drawn)
    assert 'aria-label="a &quot;title&quot; &lt;b&gt;"' in drawn


@pytest.mark.parametrize("value", ["url(https://evil.example)", "url(#x)", "image(x)", "expression(1)", "u\\72l(x)"])
def test_styles_that_could_fetch_something_are_left_out(value):
    # What the parser of the library lets through is none of our business; what comes out is.
    try:
        drawn = svg(f"flowchart TD\nA --> B\nstyle A fill:{value},stroke:rgb(1,2,3)")
    except MflowError:
        return
    assert "evil" not in drawn
    assert "url(" not in drawn
    assert "(x)" not in drawn


def test_links_and_images_of_the_diagram_are_not_drawn():
    drawn = svg('flowchart TD\nA --> B\nclick A "javascript:alert(1)" "tip"\nB@{ img: "https://evil.example/x.png" }')
    assert "href" not in drawn
    assert "javascript" not in drawn
    assert "<image" not in drawn


def test_png():
    small, large = png("flowchart TD\nA --> B", 1), png("flowchart TD\nA --> B", 2)
    assert small.startswith(b"\x89PNG")
    assert int.from_bytes(large[16:20]) == 2 * int.from_bytes(small[16:20])


def test_too_long_a_diagram_says_so():
    with pytest.raises(DrawingTooLarge, match="characters") as raised:
        svg("flowchart TD\n" + "A --> B\n" * (LIMIT // 8 + 1))
    assert raised.value.code == "render.limit"
    assert "--format mermaid" in raised.value.hint


def test_too_large_a_png_says_so():
    chain = "flowchart LR\n" + "".join(f"N{i}[A node with a long name {i}] --> N{i + 1}\n" for i in range(700))
    with pytest.raises(DrawingTooLarge):
        png(chain + "".join(f"N0 --> M{i}\n" for i in range(60)), 4)


def test_what_the_library_cannot_read_is_an_error():
    with pytest.raises(MflowError, match="cannot be drawn") as raised:
        svg("flowchart TD\nA --> --> B")
    assert raised.value.code == "render.drawing"


def test_without_the_extra_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "mermaid_render", None)
    with pytest.raises(MflowError, match="extra `render`") as raised:
        svg("flowchart TD\nA --> B")
    assert "pip install" in raised.value.hint


def test_whatever_the_library_might_let_through_is_left_out(monkeypatch):
    hostile = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" onload="alert(1)"><script>alert(1)</script>'
        '<foreignObject/><g class="pele-nodes"><a href="javascript:alert(1)"><text>x</text></a>'
        '<rect fill="url(https://evil.example)" stroke="rgb(1,2,3)" style="fill:url(#x);background:red"/></g></svg>'
    )
    monkeypatch.setattr("mermaid_flow.render.drawing._library", lambda: lambda *_, **__: hostile.encode())
    for drawn in (svg("flowchart TD\nA"), inline_svg("flowchart TD\nA", "title")):
        assert not re.search(r"alert|evil|url|script|foreign|href|style|background", drawn)
        assert 'stroke="rgb(1,2,3)"' in drawn
