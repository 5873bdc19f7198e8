import base64
import hashlib
import re
import sys
from pathlib import Path

import pytest

from mermaid_flow.engine.events import EventType
from mermaid_flow.errors import MflowError
from mermaid_flow.render.report import environment, report
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart
from tests.render.recorded import recorded
from tests.web.kept import keep

SEED = Path(__file__).parents[2].parent / "shared" / "seed"


def everything(script):
    script.record(EventType.PLAN, component="dev/it", add=1, change=0, destroy=0)
    script.record(EventType.APPLIED, component="dev/it", add=1, change=0, destroy=0, seconds=3.0)
    script.record(EventType.OUTPUTS, component="dev/it", values={"vpc_id": "vpc-1", "list": ["a" * 80]})
    script.record(EventType.PLAN, component="dev/other", add=0, change=0, destroy=0)


@pytest.fixture
def page(tmp_path):
    log = tmp_path / "nodes" / "B" / "1" / "log.txt"
    log.parent.mkdir(parents=True)
    log.write_text("first line\n" + "filler\n" * 2_000 + "last line\n")
    nested = tmp_path / "nodes" / "B" / "1" / "runs"
    keep(recorded("X[Dig] --> Y[Fill]", {"X": {"fail": "rock"}}, name="hole"), nested, parent="outer")
    (nested / "20260101-000000-half").mkdir()
    (nested / "20260101-000000-half" / "run.json").write_text("{}")
    resources = [
        {"address": "aws_vpc.this", "state": "complete", "seconds": 9.5},
        {"address": "aws_x.y", "state": "failed"},
    ]
    record = recorded(
        "A{Ok?} -->|yes| B[Build it] --> C{{Sure?}} --> D[Break] --> E\nA -->|no| F",
        {
            "B": {"retry": "no network", "resources": resources, "values": {"arn": "x" * 9_000}},
            "D": {"fail": "boom & bust"},
        },
        path=tmp_path,
        more=everything,
    )
    return report(record, {"region": "eu-west-1", "password": "***"})


def test_a_nested_run_stands_in_its_node_with_its_diagram(page):
    inner = re.search(
        r'<details class="node nested" id="node-2-1" open>(.*)</details>\s*</div>\s*</details>', page, re.DOTALL
    )
    assert inner is not None
    assert inner[1].count("<svg") == 1
    assert 'data-id="X"' in inner[1]
    assert '<details class="node" id="node-2-1-1" data-node="X" open>' in inner[1]
    assert "rock" in inner[1]
    assert page.count("Sub-workflow") == 1
    assert len(re.findall(r' id="([^"]*)"', page)) == len(set(re.findall(r' id="([^"]*)"', page)))


def test_it_allows_its_own_style_and_script_by_hash_and_nothing_else(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert "default-src 'none'" in policy[1].replace("&#39;", "'")
    for element in ("style", "script"):
        contents = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        assert len(contents) == 1
        digest = base64.b64encode(hashlib.sha256(contents[0].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy[1].replace("&#39;", "'")
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_it_tells_all_about_the_run(page):
    for text in (
        "boom &amp; bust",
        "look at the log",
        "mflow resume 20260314-153012-k3x9",
        "aws_vpc.this",
        "Attempt 1 failed and was tried again",
        "Approved by alice",
        "vars/dev.yaml:3:7",
        "vpc-1",
        "last line",
        "eu-west-1",
        "planned +1",
        "nothing applied",
        "not reached: 1",
    ):
        assert text in page, text


def test_long_logs_and_values_are_cut(page):
    assert "first line" not in page
    assert "bytes before this" in page
    assert "more characters" in page
    assert len(page) < 60_000


def test_boxes_and_details_belong_together(page):
    boxes = set(re.findall(r'<g class="pele-node[^"]*" data-id="([^"]*)"', page))
    assert boxes == set(re.findall(r'data-node="([^"]*)"', page)) == set("ABCDEFXY")


def test_what_failed_is_open(page):
    opened = re.findall(r'data-node="(\w)" open>', page)
    assert opened == ["X", "D"]


def test_a_diagram_that_cannot_be_drawn_is_shown_as_text(tmp_path):
    many = "\n".join(f"N{i}[A node with a rather long name, number {i}] --> N{i + 1}" for i in range(900))
    page = report(recorded(many, path=tmp_path), {})
    assert "<svg viewBox" in page, "the timeline is drawn anyway"
    assert "up to 50,000 can be drawn" in page
    assert "<details open><summary>Mermaid text" in page


def test_a_run_that_has_not_begun_and_one_that_waits(tmp_path):
    assert "Timeline" not in report(recorded("A --> B", path=tmp_path, more=lambda script: script.events.clear()), {})
    waiting = report(recorded("A{{Sure?}} --> B", {"A": {"wait": True}}, path=tmp_path), {})
    assert "Go on with A?" in waiting
    assert "What comes next" in waiting


@pytest.mark.skipif(not SEED.is_dir(), reason="the seed diagrams are not next to the repository")
def test_the_seed_diagrams_reports_are_small(tmp_path):
    for file in sorted(SEED.glob("*.mmd")):
        text = file.read_text(encoding="utf-8")
        if isinstance(parse(text), Flowchart):
            assert len(report(recorded(text, path=tmp_path), {}).encode()) < 200_000


def test_without_the_extra_it_says_how_to_get_it(tmp_path, monkeypatch):
    for module in ("mermaid_render", "jinja2"):
        environment.cache_clear()
        with monkeypatch.context() as patched:
            patched.setitem(sys.modules, module, None)
            with pytest.raises(MflowError, match="extra `render`"):
                report(recorded("A", path=tmp_path), {})
