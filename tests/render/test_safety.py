"""Whatever is in labels, logs, values and errors comes out as text, in every form that a run is shown in."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt
from rich.console import Console

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.closing import closing_lines
from mermaid_flow.render.comparison import as_mermaid, as_text, compare_runs
from mermaid_flow.render.drawing import inline_svg, svg
from mermaid_flow.render.escaping import json_text, one_line, visible
from mermaid_flow.render.labels import quoted_label
from mermaid_flow.render.lines import EventLines
from mermaid_flow.render.live import LiveTree
from mermaid_flow.render.markdown import summary
from mermaid_flow.render.mermaid import executed_diagram
from mermaid_flow.render.overview import overview
from mermaid_flow.render.progress import RunProgress
from mermaid_flow.render.report import report
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart
from tests.render.payloads import PAYLOADS
from tests.render.recorded import Script, recorded
from tests.web.kept import keep

STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\U000e0000-\U000e007f\ud800-\udfff]"
)


def hostile(payload: str, folder: Path) -> RunRecord:
    """A run with the payload wherever something can come from outside."""
    label = quoted_label(payload, 10_000) or "empty"
    text = f"""flowchart TD
    A["{label}"] --> B{{"{label}"}}
    B -->|"{label}"| C["{label}"]
    B -->|no| D["{label}"]
    subgraph S["{label}"]
    E["{label}"] --> F["{label}"]
    end
    """
    chosen = recorded(text).graph
    assert chosen is not None
    resource = {
        "component": payload,
        "address": payload,
        "resource_type": payload,
        "action": payload,
        "state": "complete",
    }
    fates = {
        "A": {"values": {payload: [payload]}, "resources": [resource], "retry": payload},
        "B": {"labels": [chosen.outgoing["B"][0].label], "value": payload, "where": payload},
        "C": {"fail": payload, "resources": [resource | {"state": "failed", "message": payload}]},
        "E": {"skip": payload},
        "F": {"hang": True},
    }
    for node in "ACEF":
        log = folder / "nodes" / node / "1" / "log.txt"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(f"{payload}\n".encode("utf-8", "surrogatepass"))

    inner = recorded(f'X["{quoted_label(payload)}"]', {"X": {"fail": payload}}, name=payload)
    keep(inner, folder / "nodes" / "A" / "1" / "runs", parent="outer")

    def more(script: Script) -> None:
        script.record(EventType.PLAN, component=payload, add=1, change=0, destroy=0)
        script.record(EventType.APPLIED, component=payload, add=1, change=0, destroy=0, seconds=1.0)
        script.record(EventType.OUTPUTS, component=payload, values={payload: {payload: payload}})
        script.record(EventType.NOTICE, "A", message=payload, level="warning")

    return recorded(text, fates, path=folder, name=payload, more=more)


@pytest.fixture(scope="module", params=range(len(PAYLOADS)), ids=lambda number: f"payload{number}")
def payload(request: pytest.FixtureRequest) -> str:
    return PAYLOADS[request.param]


@pytest.fixture(scope="module")
def record(payload: str, tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    return hostile(payload, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    return hostile("harmless", tmp_path_factory.mktemp("harmless"))


def test_there_are_enough_payloads():
    assert len(set(PAYLOADS)) >= 100


class Page(HTMLParser):
    """What a browser would make of a page, as far as it matters: elements, attributes, text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self._inside: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        (self.scripts if self._inside and self._inside[-1] == "script" else self.text).append(data)


HARMLESS_TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "script",
        "body",
        "a",
        "header",
        "main",
        "section",
        "details",
        "summary",
    ),
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "pre",
        "code",
        "span",
        "strong",
        "div",
        "dl",
        "dt",
        "dd",
        "ul",
        "li",
        "time",
        "button",
    ),
    *("table", "thead", "tbody", "tr", "th", "td", "svg", "g", "rect", "path", "polygon", "circle", "text", "tspan"),
}


def test_the_report_shows_it_as_text(payload, record, harmless):
    markup = report(record, {payload: {"nested": [payload]}})
    markup.encode("utf-8")
    page, plain = Page(markup), Page(report(harmless, {"a": 1}))
    assert {tag for tag, _ in page.tags} <= HARMLESS_TAGS
    assert [tag for tag, _ in page.tags if tag in ("script", "style", "meta")] == [
        tag for tag, _ in plain.tags if tag in ("script", "style", "meta")
    ]
    assert page.scripts == plain.scripts
    for tag, attributes in page.tags:
        assert not [
            name for name in attributes if name.startswith("on") or name in ("style", "src", "srcdoc", "action")
        ]
        assert (attributes.get("href") or "#").startswith("#"), tag
    text = "".join(page.text)
    assert visible(payload).strip() in text
    assert not STEERING.search(markup)


def test_drawings_show_it_as_text(payload, record):
    text = executed_diagram(record)
    for drawn in (svg(text), inline_svg(text, payload)):
        assert not STEERING.search(drawn)
        for element in ET.fromstring(drawn).iter():  # noqa: S314 - what is tested is that it is harmless
            name = element.tag.removeprefix("{http://www.w3.org/2000/svg}")
            assert name in {"svg", "g", "rect", "path", "polygon", "text", "tspan", "circle"}
            for attribute, value in element.attrib.items():
                assert not attribute.lower().startswith("on")
                assert attribute not in ("style", "href")
                assert attribute in ("data-id", "aria-label") or "script" not in value


def test_markdown_shows_it_as_text(record):
    text = summary(record)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    ours = re.compile(r"</?code>|<details><summary>\w+ \(\d+\)</summary>\n?|</details>\n?")
    inline = [child for token in tokens for child in token.children or ()]
    for token in (*tokens, *inline):
        assert token.type not in ("link_open", "image")
        if token.type in ("html_block", "html_inline"):
            assert ours.fullmatch(token.content), token.content
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h2", "h3"]
    assert [token.info for token in tokens if token.type == "fence"] == ["text", "mermaid"]
    assert not STEERING.search(text)


def test_lines_and_the_end_of_a_run_steer_no_terminal(payload, record):
    lines = EventLines(RunProgress.of_record(record), verbose=True)
    said = [line for event in record.events for line in lines.of(event)] + lines.reminder(record.events[-1].at)
    assert said
    for line in (*said, *(line.text for line in closing_lines(record))):
        assert not STEERING.search(line)
        assert "\n" not in line


def test_the_live_tree_steers_no_terminal(payload, record):
    tree = LiveTree(
        RunProgress.of_record(record), Console(), lambda: record.events[-1].at, nodes_folder=record.path / "nodes"
    )
    for event in record.events:
        tree.event(event)
    screen = io.StringIO()
    Console(file=screen, width=200, height=100, no_color=True).print(tree)
    assert not STEERING.search(screen.getvalue())
    assert one_line(payload)[:20].rstrip() in screen.getvalue()


def test_mermaid_that_we_write_holds_it_as_a_label(payload, record):
    for text in (executed_diagram(record), overview(record) or ""):
        assert not STEERING.search(text)
        assert isinstance(parse(text), Flowchart)
    again = parse(f'flowchart TD\nA["{quoted_label(payload, 10_000) or "empty"}"]')
    assert isinstance(again, Flowchart)
    assert list(again.vertices) == ["A"]
    assert again.class_defs == {}


def test_comparisons_show_it_as_text(payload, record, harmless):
    found = compare_runs(harmless, record, ({"a": "b"}, {payload: payload}))
    assert not STEERING.search(as_text(found))
    assert isinstance(record.diagram, Flowchart)
    assert not STEERING.search(as_mermaid(found, harmless.diagram, record.diagram))


def test_json_steers_no_terminal_and_means_the_same(payload):
    event = Event(EventType.NOTICE, data={"message": payload})
    text = json_text({"data": dict(event.data)})
    assert not STEERING.search(text)
    assert json.loads(text) == {"data": {"message": payload}}
