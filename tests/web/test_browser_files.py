"""What can be saved, in a real browser: the report and a comparison, opened from the disk."""

from __future__ import annotations

import pytest

from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.comparison import as_mermaid, as_page, compare_runs
from mermaid_flow.render.report import report
from tests.render.recorded import recorded
from tests.web.browser import CHROMIUM, CONTRAST
from tests.web.kept import keep, nest, talk

pytest.importorskip("playwright", reason="Playwright for Python is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium")


def test_the_report_opens_what_is_clicked_in_each_of_its_diagrams(chromium, runs, tmp_path):
    outer = keep(recorded("A[Begin] --> Shop[[Set up]]", name="outer"), runs)
    middle = nest(recorded("A[Dig] --> B[[Talk]]", name="middle"), outer, "Shop")
    nest(talk(), middle, "B")
    file = tmp_path / "report.html"
    file.write_text(report(RunRecord.open(outer), {}), encoding="utf-8")
    page = chromium.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    page.click("div.paper g[data-id=Shop]")
    page.click("details.nested:visible > summary")
    page.click("details.nested:visible div.paper g[data-id=A]")
    assert page.evaluate("document.activeElement.textContent.includes('Dig')")
    page.click("details.nested:visible div.paper g[data-id=B]")
    page.click("details.nested details.nested > summary")
    page.click("details.nested details.nested text:has-text('Reserve')")
    assert page.evaluate("document.activeElement.textContent.includes('Reserve (books)')")
    assert page.locator("details[open]").count() == 6
    page.close()
    assert complaints == []


@pytest.mark.parametrize("width", [360, 2560])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_files_are_no_wider_than_the_window_and_text_in_them_stands_out(chromium, tmp_path, runs, width, scheme):
    before, after = talk(hangs=True), talk()
    found = compare_runs(before, after, ({"orders": 1}, {"orders": 2}))
    outer = keep(recorded("A[Begin] --> Shop[[Set up]] --> C", {"C": {"fail": "boom"}}), runs)
    nest(talk(), outer, "Shop")
    pages = {
        "comparison.html": as_page(found, as_mermaid(found, before.diagram, after.diagram)),
        "report.html": report(RunRecord.open(outer), {"a": 1}),
    }
    page = chromium.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    for name, html in pages.items():
        (tmp_path / name).write_text(html, encoding="utf-8")
        page.goto((tmp_path / name).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CONTRAST) == []
    page.close()
