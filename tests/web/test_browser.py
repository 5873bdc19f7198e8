"""The page in a real browser: it follows a run of twelve nodes, and answers for it."""

from __future__ import annotations

import re

import pytest

from mermaid_flow.engine.approvals import Person, approve
from mermaid_flow.engine.events import NodeStatus, RunStatus
from mermaid_flow.render.labels import quoted_label
from tests.render.payloads import PAYLOADS
from tests.render.recorded import recorded
from tests.render.test_safety import STEERING
from tests.web.browser import CHROMIUM, CONTRAST, Window
from tests.web.gated import gated_run
from tests.web.kept import keep, large, talk

pytest.importorskip("playwright", reason="Playwright for Python is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium")


def test_it_shows_every_change_of_twelve_nodes_without_a_reload(window, run):
    run.start()
    window.show(run.id)
    window.wait_for_look("Start", "succeeded")
    window.wait_for_look("Check", "running")
    window.wait_for_look("Api", "not_reached")
    run.gates.open("Check")
    window.wait_for_look("Check", "succeeded")
    window.wait_for_look("Wanted", "succeeded")
    window.wait_for_look("NoDatabase", "skipped")
    window.wait_for_look("Database", "succeeded")
    window.wait_for_look("Network", "running")
    run.gates.open("Network")
    window.wait_for_look("Api", "running")
    window.wait_for_look("Web", "running")
    run.gates.failing.add("Web")
    run.gates.open("Web")
    window.wait_for_look("Web", "failed")
    run.gates.open("Api")
    window.wait_for_look("Api", "succeeded")
    window.wait_for("h1 .status-failed")
    window.wait_for_look("Sure", "not_reached")
    assert run.join() is RunStatus.FAILED
    assert "Web broke" in window.wait_for("section.trouble").inner_text()
    assert window.page.title() == "release: failed"
    assert "yes" in window.wait_for("section.decisions").inner_text()
    assert window.page.locator("section.timeline .bars a").count() == 7
    seen = window.page.locator("#events li").evaluate_all("items => items.map(item => Number(item.dataset.seq))")
    assert seen == sorted(seen)
    assert window.still_open


def test_a_click_opens_the_log_of_that_node_which_goes_on_by_itself(window, run):
    run.start()
    window.show(run.id)
    run.gates.open("Check")
    window.wait_for_look("Network", "running")
    window.page.click(window.box("Check"))
    window.wait_for("#details h2:has-text('Check the account')")
    assert "Check begins\nCheck ends" in window.wait_for("#details pre.log").inner_text()
    window.page.click(window.box("Network"))
    window.wait_for("#details h2:has-text('Create the network')")
    assert window.wait_for("#details pre.log").inner_text().strip() == "Network begins"
    assert "thing.Network" in window.page.locator("#details").inner_text()
    assert window.page.locator(window.box("Network")).get_attribute("aria-pressed") == "true"
    [visit] = run.record().nodes["Network"].visits
    with visit.log.open("a") as file:
        file.write("half way\n")
    window.wait_for("#details pre.log:has-text('half way')")
    run.gates.open("Network")
    window.wait_for("#details pre.log:has-text('Network ends')")
    window.wait_for("#details .badge.look-succeeded")
    window.page.go_back()
    window.wait_for("#details h2:has-text('Check the account')")
    assert window.still_open


def test_a_stream_that_is_cut_goes_on_without_a_gap(window, line, run):
    wire, _ = line
    run.start()
    window.show(run.id)
    window.wait_for_look("Check", "running")
    window.expected = re.compile(r"ERR_|Failed to fetch")
    wire.cut()
    window.wait_for("#live[data-state=lost]")
    run.gates.open("Check", "Network", "Api")
    while run.record().nodes["Api"].status is not NodeStatus.SUCCEEDED:
        window.page.wait_for_timeout(20)
    wire.mend()
    window.wait_for("#live[data-state=live]")
    window.wait_for_look("Api", "succeeded")
    run.gates.open("Web")
    window.wait_for_look("Sure", "waiting")
    told = window.page.locator("#events li").evaluate_all("items => items.map(item => Number(item.dataset.seq))")
    assert told == sorted(set(told))
    assert told == [event.seq for event in run.record().events if event.seq <= told[-1] and event.type != "run_started"]
    assert window.still_open


def test_an_approval_in_the_page_lets_the_run_go_on(window, run):
    run.start()
    window.show(run.id)
    run.gates.open("Check", "Network", "Api", "Web")
    window.wait_for_look("Sure", "waiting")
    form = window.wait_for("section.actions form >> nth=0")
    assert "Open it to the public?" in form.inner_text()
    window.page.fill("#answer-1-comment", "after lunch")
    assert not window.page.locator("text=Yes, approve").is_visible()
    window.page.click("#answer-1-approve > summary")
    run.gates.open("Open")
    window.page.click("text=Yes, approve")
    window.wait_for_look("Report", "running")
    assert window.page.locator("#said").inner_text() == "Approved Open it to the public?"
    run.gates.open("Report")
    window.wait_for("h1 .status-succeeded")
    assert run.join() is RunStatus.SUCCEEDED
    approval = run.record().nodes["Sure"].visits[0].approval
    assert approval is not None
    assert approval.comment == "after lunch"
    assert window.page.locator("section.actions").count() == 0
    assert window.still_open


def test_what_somebody_writes_stays_when_the_page_changes(window, run):
    run.start()
    window.show(run.id)
    run.gates.open("Check", "Network", "Api", "Web")
    window.wait_for_look("Sure", "waiting")
    window.page.focus("#answer-1-comment")
    window.page.keyboard.type("half a ")
    with run.folder.journal() as journal:
        approve(journal, "Sure", Person("somebody"))
    window.wait_for_look("Open", "running")
    assert window.page.locator("#answer-1-comment").count() == 0
    window.page.click("#cancel > summary")
    window.page.check("#cancel-interrupt")
    run.gates.open("Open")
    window.wait_for_look("Report", "running")
    assert window.page.locator("#cancel-interrupt").is_checked()
    window.page.click("text=Yes, cancel the run")
    window.wait_for("h1 .status-cancelled")
    assert run.join() is RunStatus.CANCELLED
    window.wait_for("#resume")


def test_an_answer_that_comes_too_late_is_said_to(window, run):
    run.start()
    window.show(run.id)
    run.gates.open("Check", "Network", "Api", "Web")
    window.wait_for_look("Sure", "waiting")
    window.page.click("#answer-1-reject > summary")
    window.expected = re.compile(r"ERR_FAILED|409")
    window.page.route("**/state", lambda route: route.abort())
    with run.folder.journal() as journal:
        approve(journal, "Sure", Person("somebody"))
    window.page.click("text=Yes, reject: it fails")
    said = window.wait_for("#said:has-text('does not wait for an approval')")
    assert said.is_visible()
    assert run.record().nodes["Sure"].status is NodeStatus.SUCCEEDED


def test_everything_can_be_done_with_the_keyboard(window, run):
    run.start()
    run.gates.open("Check")
    window.show(run.id)
    window.wait_for_look("Network", "running")
    page = window.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Go to the nodes"
    page.focus("#paper")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.node") == "Start"
    for key, node in {
        "ArrowDown": "Check",
        "End": "End",
        "ArrowUp": "Report",
        "Home": "Start",
        "ArrowRight": "Check",
    }.items():
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.dataset.node") == node
    assert "Check the account" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    wide = page.evaluate("document.querySelector('#paper svg').getBoundingClientRect().width")
    page.keyboard.press("+")
    assert page.evaluate("document.querySelector('#paper svg').getBoundingClientRect().width") > wide
    page.keyboard.press("-")
    run.gates.open("Network")
    window.wait_for_look("Api", "running")
    assert page.evaluate("document.activeElement.dataset.node") == "Check"
    page.keyboard.press("Enter")
    window.wait_for("#details h2:has-text('Check the account')")
    page.wait_for_function("document.activeElement.id === 'details'")


def test_the_diagram_is_zoomed_and_moved(window, runs):
    window.show(keep(large(60), runs).id)
    page = window.page
    width = "document.querySelector('#paper svg').getBoundingClientRect().width"
    page.click("[data-zoom=full]")
    full = page.evaluate(width)
    assert full == page.evaluate("document.querySelector('#paper svg').viewBox.baseVal.width")
    page.click("[data-zoom=all]")
    assert page.evaluate(width) < full
    page.click("[data-zoom=in]")
    page.click("[data-zoom=full]")
    page.locator("#paper").scroll_into_view_if_needed()
    place = page.locator("#paper").bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + 150
    before = page.evaluate("document.getElementById('paper').scrollTop")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y - 60, steps=4)
    page.mouse.up()
    assert page.evaluate("document.getElementById('paper').scrollTop") == before + 60
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function(f"{width} > {full}")


def test_a_message_of_a_sequence_opens_its_details(window, runs):
    window.show(keep(talk(hangs=True), runs).id)
    window.page.click(window.box("3-1"))
    window.wait_for("#details h2:has-text('Reserve')")
    window.page.click("ul.nodes a[data-node='6']")
    window.wait_for("#details h2:has-text('All orders are placed')")
    assert window.page.locator(window.box("6")).get_attribute("aria-pressed") == "true"


def test_a_large_diagram_is_whole(window, runs):
    window.show(keep(large(500), runs).id)
    assert window.page.locator("#paper g[data-node][role=button]").count() == 500
    window.page.click("section.trouble a[href*='N99']")
    window.wait_for("#details .badge.look-failed")


NESTED = "flowchart TD\nA[Lay the cables] --> B{{Switch it on?}} --> C[Switch it on]"


def test_a_sub_workflow_has_a_page_of_its_own_which_is_live(window, run):
    run.start()
    run.gates.open("Check")
    window.show(run.id)
    window.page.click(window.box("Network"))
    window.wait_for("#details .badge.look-running")
    with gated_run(run.folder.visit_folder("Network", 1) / "runs", NESTED, "cables", run.id) as inner:
        inner.start()
        window.wait_for("#details a:has-text('cables')")
        assert "waits for an answer" not in window.page.inner_text("#details")
        window.page.click("#details a:has-text('cables')")
        window.wait_for("#live[data-state=live]")
        assert window.page.url == f"{window.home}/runs/{run.id}.{inner.id}"
        window.wait_for_look("A", "running")
        window.page.click(window.box("A"))
        assert window.wait_for("#details pre.log").inner_text().strip() == "A begins"
        inner.gates.open("A")
        window.wait_for_look("B", "waiting")
        assert window.page.locator("#cancel").count() == 0
        window.page.click("nav a:has-text('release')")
        window.wait_for("#details h2:has-text('Create the network')")
        window.wait_for("#details .notes:has-text('waits for an answer')")
        assert "The sub-workflow cables waits for an answer." in window.page.inner_text("section.actions")
        window.page.click("#details a:has-text('cables')")
        window.wait_for_look("B", "waiting")
        window.page.click("#answer-1-approve > summary")
        inner.gates.open("C")
        window.page.click("text=Yes, approve")
        window.wait_for_look("C", "succeeded")
        window.wait_for("h1 .status-succeeded")
        assert inner.join() is RunStatus.SUCCEEDED
        assert inner.record().nodes["B"].visits[0].approval is not None


@pytest.mark.parametrize("width", [360, 2560])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_window_and_text_stands_out(window, run, width, scheme):
    run.start()
    run.gates.open("Check", "Network", "Api", "Web")
    window.page.set_viewport_size({"width": width, "height": 800})
    window.page.emulate_media(color_scheme=scheme)
    assert window.page.evaluate("document.documentElement.scrollWidth") <= width
    window.show(run.id)
    window.wait_for_look("Sure", "waiting")
    window.page.click("ul.nodes a[data-node=Network]")
    window.wait_for("#details pre.log")
    assert window.page.evaluate("document.documentElement.scrollWidth") <= width
    assert window.page.evaluate(CONTRAST) == []


def test_whatever_is_in_a_run_is_text_in_the_browser(window, runs, tmp_path):
    lines, fates = [], {}
    for number, payload in enumerate(PAYLOADS):
        lines.append(f'N{number}["{quoted_label(payload, 200) or "empty"}"]')
        fates[f"N{number}"] = {
            "values": {payload: payload},
            "retry": payload,
            "fail" if number % 2 else "skip": payload,
        }
        log = tmp_path / "nodes" / f"N{number}" / "1" / "log.txt"
        log.parent.mkdir(parents=True)
        log.write_bytes(payload.encode("utf-8", "surrogatepass"))
    window.show(keep(recorded("\n".join(lines), fates, path=tmp_path), runs, inputs={"all": list(PAYLOADS)}).id)
    elements = window.page.evaluate("[...new Set([...document.querySelectorAll('*')].map((e) => e.localName))]")
    assert not {"img", "iframe", "object", "embed", "base", "style", "video", "audio", "foreignObject"} & set(elements)
    for number in range(0, len(PAYLOADS), 4):
        window.page.evaluate(f"document.querySelector('ul.nodes a[data-node=N{number}]').click()")
        window.wait_for(f"#details code:text-is('N{number}')")
    assert window.page.locator("script").count() == 1
    assert not STEERING.search(window.page.inner_text("body").replace("\r", ""))
    assert window.page.evaluate("[...document.querySelectorAll('a')].every((a) => a.origin === location.origin)")


def test_the_list_is_brought_up_to_date(window, runs, run):
    window.page.clock.install()
    window.page.goto(f"{window.home}/?status=running")
    assert "No run is like this" in window.page.inner_text("#runs")
    run.start()
    window.page.clock.run_for(3_100)
    window.wait_for(f"#run-{run.id}")
    window.page.get_by_label("running").uncheck()
    window.page.get_by_label("failed").check()
    window.page.click("text=Filter")
    window.page.wait_for_url("**/?diagram=&status=failed")


def test_a_page_that_nobody_sees_lets_go_of_its_stream(window, run):
    run.start()
    window.show(run.id)
    window.page.evaluate(HIDE.format(hidden="true"))
    run.gates.open("Check")
    while run.record().nodes["Network"].status is not NodeStatus.RUNNING:
        window.page.wait_for_timeout(20)
    assert window.page.locator(window.box("Network") + ".mflow_running").count() == 0
    window.page.evaluate(HIDE.format(hidden="false"))
    window.wait_for_look("Network", "running")


HIDE = """() => {{
  Object.defineProperty(document, "hidden", {{ configurable: true, get: () => {hidden} }});
  document.dispatchEvent(new Event("visibilitychange"));
}}"""


def test_more_pages_than_the_browser_has_connections_all_follow_the_run(chromium, window, run):
    run.start()
    run.gates.open("Check")
    windows = [Window(chromium.new_page(), window.home) for _ in range(9)]
    for one in windows:
        one.show(run.id)
        one.wait_for_look("Network", "running")
    run.gates.open("Network")
    for one in windows:
        one.wait_for_look("Network", "succeeded")
    for one in windows[:5]:
        one.page.close()
    run.gates.open("Api")
    for one in windows[5:]:
        one.wait_for_look("Api", "succeeded")
        one.page.close()
    assert [complaint for one in windows for complaint in one.complaints] == []


def test_without_scripts_the_page_still_shows_and_answers(chromium, window, run):
    run.start()
    run.gates.open("Check", "Network", "Api", "Web", "Open", "Report")
    window.show(run.id)
    window.wait_for_look("Sure", "waiting")
    session = window.page.context.new_cdp_session(window.page)
    session.send("Emulation.setScriptExecutionDisabled", {"value": True})
    window.page.reload()
    window.page.click("ul.nodes a[data-node=Network]")
    assert "Network ends" in window.page.inner_text("#details")
    window.page.click("#answer-1-approve > summary")
    window.page.click("text=Yes, approve")
    assert run.join() is RunStatus.SUCCEEDED
    window.page.reload()
    assert "succeeded" in window.page.inner_text("h1")


def test_with_a_wrong_token_nothing_is_shown(chromium, line, run):
    run.start()
    _, client = line
    page = chromium.new_page()
    for address in ("/", "/?token=wrong", f"/runs/{run.id}"):
        answer = page.goto(f"http://{client.access.hosts[0]}{address}")
        assert answer is not None
        assert answer.status == 403
        assert "release" not in page.content()
    page.close()
