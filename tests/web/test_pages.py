import json
import re
from functools import partial
from html import unescape
from pathlib import Path

import pytest
from starlette.responses import JSONResponse

from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.history import list_runs
from mermaid_flow.terraform.drift import ComponentDrift, Difference, ResourceDrift, drift_as_plain
from mermaid_flow.web.pages import PARTS, Filters, Pages, Shown, node_query
from mermaid_flow.web.watch import Version, Watch
from tests.render.payloads import PAYLOADS
from tests.render.recorded import recorded
from tests.render.test_safety import HARMLESS_TAGS, STEERING, Page, hostile, visible
from tests.web.kept import journal_of, keep, large, nest, talk

OUR_TAGS = HARMLESS_TAGS | {"link", "nav", "form", "input", "label", "fieldset", "legend", "select", "option", "ol"}


@pytest.fixture
def loops(runs: Path) -> RunFolder:
    """A run with a failure, a retry, two visits, resources and logs."""
    place = runs.parent / "logs"
    for visit in (1, 2):
        log = place / "nodes" / "B" / str(visit) / "log.txt"
        log.parent.mkdir(parents=True)
        log.write_text(f"visit {visit}\n\x1b[31mred\n")
    record = recorded(
        "A[Begin] --> B[Try it] --> C{Good?}\nC -->|no| B\nC -->|yes| D[Use it]",
        {
            "C/1": {"labels": ["no"]},
            "C/2": {"labels": ["yes"]},
            "B/1": {"retry": "no network", "values": {"tries": 2}},
            "B/2": {"resources": [{"address": "thing.one", "state": "complete", "seconds": 2}]},
            "D": {"fail": "boom"},
        },
        path=place,
        name="loops",
    )
    return keep(record, runs, inputs={"size": 3, "password": "***"})


def test_the_list_has_all_runs_newest_first_and_can_be_filtered(client, runs, loops):
    other = keep(talk(), runs)
    page = client.get("/").text
    assert "<h1>Runs of Shop</h1>" in page
    assert f'href="/runs/{loops.id}"' in page
    assert f'href="/runs/{other.id}"' in page
    for query, there in {
        "?diagram=loops": [loops],
        "?status=failed": [loops],
        "?status=failed&status=succeeded": [loops, other],
        "?status=waiting": [],
        "?diagram=orders&status=nonsense": [other],
        "?diagram=none": [],
        "?limit=nonsense": [loops, other],
    }.items():
        found = client.get(f"/{query}").text
        for run in (loops, other):
            assert (f'id="run-{run.id}"' in found) is (run in there), (query, run.metadata.diagram)
    assert "No run is like this" in client.get("/?diagram=none").text
    assert '<option value="loops" selected>' in client.get("/?diagram=loops").text


def test_a_project_without_runs_says_how_to_start_one(client):
    assert "mflow run DIAGRAM" in client.get("/").text


def test_a_long_list_is_cut_and_says_so(client, runs, loops):
    keep(large(3), runs)
    page = client.get("/?limit=1&status=failed&status=succeeded").text
    assert page.count('<a id="run-') == 1
    more = re.search(r'href="(\?[^"]*)">Show more', page)
    assert more is not None
    assert client.get("/" + more[1].replace("&amp;", "&")).text.count('<a id="run-') == 2


def test_a_run_can_be_named_by_latest_or_its_beginning(client, loops):
    for name in ("latest", loops.id[:17], loops.id[-4:]):
        answer = client.get(f"/runs/{name}")
        assert (answer.status, answer.headers["location"]) == (303, f"/runs/{loops.id}")


@pytest.mark.parametrize("name", ["nothing", "..", "%2e%2e%2f", "..%2F..%2Fetc"])
def test_an_unknown_run_is_a_page_that_says_so(client, loops, name):
    for address in ("", "/state", "/details", "/log", "/report.html", "/diagram.mmd"):
        assert client.get(f"/runs/{name}{address}").status == 404
    assert "no run" in client.get("/runs/nothing").text
    assert "see `mflow runs`" in client.get("/runs/nothing").text


def test_a_runs_page_is_complete_without_a_script(client, loops):
    page = client.get(f"/runs/{loops.id}?{node_query('B')}").text
    for text in (
        "<title>loops: failed</title>",
        'data-id="B"',
        "boom",
        "succeeded: ",
        "no network",
        "&#34;tries&#34;: 2",
        "thing.one",
        "visit 2",
        "vars/dev.yaml:3:7",
        "Whole log of visit 2",
        "&#34;password&#34;: &#34;***&#34;",
        "Resume the run…",
        f'href="/runs/{loops.id}?node=D#details"',
    ):
        assert text in page, text
    assert "<script>" not in page
    assert " style=" not in page


def test_a_choice_that_is_no_node_is_no_choice(client, loops):
    page = client.get(f"/runs/{loops.id}?node=Nothing").text
    assert "Choose a box of the diagram" in page
    assert 'data-node=""' in page


def test_what_changed_comes_part_by_part(client, loops):
    state = client.get(f"/runs/{loops.id}/state").json()
    assert state["title"] == "loops: failed"
    assert isinstance(state["parts"], dict)
    assert set(state["parts"]) == set(PARTS)
    page = client.get(f"/runs/{loops.id}").text
    for html in state["parts"].values():
        assert html in page


def test_parts_are_made_once_for_each_state(runs, loops):
    pages = Pages("form", read_only=False)
    version, page = Watch(lambda: loops, str).page()
    parts = pages.parts(Shown(version, page))
    assert pages.parts(Shown(version, page)) is parts
    assert '<pre class="error">oh</pre>' in pages.parts(Shown(version, page, "oh"))["actions"]
    assert "Cancel the run" in pages.parts(Shown(Version(version.seq, True), page))["actions"]


def test_states_of_runs_that_nobody_looks_at_are_forgotten(runs, monkeypatch):
    monkeypatch.setattr("mermaid_flow.web.pages._KEPT", 1)
    pages = Pages("form", read_only=True)
    for _ in range(2):
        shown = Shown(*Watch(partial(journal_of, runs, 3), str).page())
        first = pages.parts(shown)
    assert pages.parts(shown) is first


def test_details_are_those_of_one_node(client, loops):
    details = client.get(f"/runs/{loops.id}/details?node=C").text
    assert "Good?" in details
    assert "thing.one" not in details
    assert client.get(f"/runs/{loops.id}/details").text == client.get(f"/runs/{loops.id}/details?node=x").text


def test_a_whole_log_is_plain_text(client, loops):
    answer = client.get(f"/runs/{loops.id}/log?node=B&visit=2")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == "visit 2\n\\x1b[31mred\n"
    for query in ("node=B&visit=3", "node=A&visit=1", "node=x&visit=1", "node=B", ""):
        assert client.get(f"/runs/{loops.id}/log?{query}").status == 404


def test_the_report_and_the_mermaid_text_are_files(client, loops):
    report = client.get(f"/runs/{loops.id}/report.html")
    assert report.headers["content-disposition"] == f'attachment; filename="{loops.id}.html"'
    assert "Content-Security-Policy" in report.text
    assert "visit 2" in report.text
    mermaid = client.get(f"/runs/{loops.id}/diagram.mmd")
    assert mermaid.headers["content-disposition"] == f'attachment; filename="{loops.id}.mmd"'
    assert "classDef mflow_failed" in mermaid.text


def test_a_damaged_record_is_said_to_be_damaged(client, loops):
    (loops.path / "journal.jsonl").write_text('{"no": "event"}\n{"no": "event"}\n')
    assert "is damaged" in client.get(f"/runs/{loops.id}").text
    headers = {**client.allowed, "Accept": "application/json"}
    answer = client.ask("GET", f"/runs/{loops.id}/state", headers)
    assert answer.status == 409
    assert "is damaged" in str(answer.json()["said"])


def test_a_diagram_that_cannot_be_drawn_is_shown_as_text(client, runs):
    chain = "\n".join(f"N{number}[{'long ' * 12}] --> N{number + 1}" for number in range(900))
    folder = keep(recorded(chain, {"N0": {"hang": True}}), runs)
    page = client.get(f"/runs/{folder.id}").text
    assert "up to 50,000 can be drawn. This is its text:" in page


def test_drift_that_a_run_found_is_in_its_page(client, runs):
    difference = Difference("tags.Owner", "platform", "<b>somebody</b>")
    resource = ResourceDrift("module.q.queue.this", "queue", "Create Queue", "update", (difference,))
    values = drift_as_plain(ComponentDrift("dev/queue", (resource,)))
    page = client.get(f"/runs/{keep(recorded('A[Look]', {'A': {'values': values}}), runs).id}").text
    assert '<section class="drift"' in page
    assert "&lt;b&gt;somebody&lt;/b&gt;" in page


def test_messages_of_a_sequence_lead_to_their_nodes(client, runs):
    page = client.get(f"/runs/{keep(talk(), runs).id}").text
    found = re.search(r'data-messages="([^"]*)"', page)
    assert found is not None
    assert json.loads(unescape(found[1])) == ["1", "2-1", "3-1", "4-1", "2-2", "5-2", "6"]


def test_a_nested_run_has_a_page_and_a_way_back(client, runs):
    outer = keep(recorded("A[Begin] --> Shop[[Set up the shop]]", name="outer"), runs)
    middle = nest(recorded("B[[Fill the shop]]", name="middle"), outer, "Shop")
    inner = nest(talk(), middle, "B")
    names = [outer.id, f"{outer.id}.{middle.id}", f"{outer.id}.{middle.id}.{inner.id}"]
    assert f'Sub-workflow <a href="/runs/{names[1]}">' in client.get(f"/runs/{outer.id}/details?node=Shop").text
    assert f'<a href="/runs/{names[2]}">' in client.get(f"/runs/{names[1]}?node=B").text
    page = client.get(f"/runs/{names[2]}").text
    for text in (
        f'› <a href="/runs/{names[0]}?node=Shop#details">outer</a>',
        f'› <a href="/runs/{names[1]}?node=B#details">middle</a> › orders</nav>',
        f"<dd><code>{names[2]}</code></dd>",
        f'href="/runs/{names[2]}?node=6#details"',
        f'data-address="/runs/{names[2]}"',
    ):
        assert text in page, text
    for address in ("state", "events?after=0", "report.html", "diagram.mmd", "details?node=6"):
        assert client.ask("HEAD", f"/runs/{names[2]}/{address}").status == 200, address
    assert client.get(f"/runs/{outer.id[-4:]}.middle.orders").headers["location"] == f"/runs/{names[2]}"
    assert f'id="run-{inner.id}"' not in client.get("/").text


@pytest.mark.parametrize("name", ["{}.nothing", "{}..", "{}.", ".{}", "{}.%2e%2e", "{}.B"])
def test_an_unknown_nested_run_is_a_page_that_says_so(client, runs, name):
    outer = keep(recorded("A[[Shop]] --> B"), runs)
    nest(talk(), outer, "A")
    answer = client.get(f"/runs/{name.format(outer.id)}")
    assert answer.status == 404
    assert "no run" in answer.text


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_whatever_is_in_a_run_is_shown_as_text(number, tmp_path):
    payload, pages = PAYLOADS[number], Pages("form", read_only=False)
    folder = keep(hostile(payload, tmp_path / "logs"), tmp_path / "runs", inputs={payload: payload})
    watch = Watch(lambda: folder, lambda node: f"/runs/x?{node_query(node)}#details")
    shown = Shown(*watch.page(), complaint=visible(payload))
    markup = pages.run(shown, watch.told(0), "A") + pages.details(shown, "C")
    markup.encode("utf-8")
    page = Page(markup)
    assert {tag for tag, _ in page.tags} <= OUR_TAGS
    assert not "".join(page.scripts).strip()
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 1
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")]
        assert (attributes.get("href") or "/").startswith(("/", "#")), tag
        assert (attributes.get("action") or "/runs/").startswith("/runs/")
        assert (attributes.get("src") or "/static/run.js") == "/static/run.js"
    assert visible(payload).strip() in "".join(page.text)
    assert not STEERING.search(markup)
    state = JSONResponse(pages.state(shown)).body
    assert json.loads(state) == pages.state(shown)
    listed = pages.runs(payload, list_runs(tmp_path / "runs"), [payload], Filters(payload))
    listed.encode("utf-8")
    assert {tag for tag, _ in Page(listed).tags} <= OUR_TAGS
    assert not STEERING.search(listed)
