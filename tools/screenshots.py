"""Takes pictures of every view of the live page, to be looked at; a few of them are kept for docs/ui.md.

    python -m tools.screenshots [FOLDER]

All go into FOLDER (`.mflow/screenshots` when not given), and those in `KEPT` into docs/images as well. The runs are
those of the tests: twelve nodes by the real engine, halted at the moments that are worth a picture. Needs chromium.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.comparison import as_mermaid, as_page, compare_runs
from mermaid_flow.render.report import report
from tests.render.recorded import recorded
from tests.web.browser import browser
from tests.web.gated import GatedRun, gated_run
from tests.web.kept import keep, large, nest, talk
from tests.web.serving import Client, serving

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
KEPT = {"waiting": "ui-run.png", "list": "ui-runs.png", "waiting-narrow-dark": "ui-narrow.png"}
"""What docs/ui.md shows, and the names it has there."""


WHOLE = ("dependencies", "nested")
"""Views of which the whole page is taken."""


@dataclass(frozen=True, slots=True)
class Window:
    """A browser window in pixels."""

    name: str
    width: int
    height: int
    dark: bool = False


NORMAL = Window("", 1280, 900)
WINDOWS = (
    NORMAL,
    Window("-narrow", 360, 740),
    Window("-narrow-dark", 360, 740, True),
    Window("-wide-dark", 2560, 1300, True),
)


def main(arguments: Sequence[str]) -> None:
    pictures = Path(arguments[0]) if arguments else ROOT / ".mflow" / "screenshots"
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "project" / ".mflow" / "runs"
        sequence, big, graph = keep(talk(hangs=True), runs), keep(large(500), runs), keep(dependencies(), runs)
        nested = nest(talk(), graph, "VPC")
        document = Path(folder) / "report.html"
        document.write_text(report(RunRecord.open(graph), {"region": "eu-west-1"}), encoding="utf-8")
        compared = Path(folder) / "comparison.html"
        compared.write_text(comparison(), encoding="utf-8")
        with gated_run(runs) as run, serving(Path(folder) / "project") as client:
            run.start()
            with window(Path(folder) / "0", NORMAL, client) as page:
                show(page, run.id)
                run.gates.open("Check")
                page.click(".pele-nodes [data-id=Network].mflow_running")
                page.wait_for_selector("#details pre.log")
                take(page, pictures / "running.png")
            run.gates.open("Network", "Web", "Database", "Api")
            for number, view in enumerate(WINDOWS, 1):
                with window(Path(folder) / str(number), view, client) as page:
                    take(page, pictures / f"list{view.name}.png")
                    show(page, run.id)
                    page.click("#answer-1-approve > summary")
                    take(page, pictures / f"waiting{view.name}.png")
                    for name, other in {
                        "sequence": sequence.id,
                        "large": big.id,
                        "dependencies": f"{graph.id}?node=VPC#details",
                        "nested": f"{graph.id}.{nested.id}",
                    }.items():
                        show(page, other)
                        take(page, pictures / f"{name}{view.name}.png", whole=name in WHOLE)
                    page.goto(compared.as_uri())
                    take(page, pictures / f"comparison{view.name}.png", whole=True)
                    page.goto(document.as_uri())
                    page.evaluate("location.hash = document.querySelector('details.nested').id")
                    take(page, pictures / f"report{view.name}.png", whole=True)
            fail(run)
            with window(Path(folder) / "9", NORMAL, client) as page:
                show(page, f"{run.id}?node=Report#details")
                take(page, pictures / "failed.png", whole=True)
                page.goto(f"{home(client)}/runs/nothing")
                take(page, pictures / "problem.png")
    for name, kept in KEPT.items():
        shutil.copy(pictures / f"{name}.png", IMAGES / kept)
    print(f"{len(list(pictures.glob('*.png')))} pictures in {pictures}, {len(KEPT)} kept in {IMAGES}")


def comparison() -> str:
    """Two runs of a sequence beside each other, of which the second came to its end."""
    before, after = talk(hangs=True), talk()
    found = compare_runs(before, after, ({"orders": ["books"]}, {"orders": ["books", "pens"]}))
    return as_page(found, as_mermaid(found, before.diagram, after.diagram))


def dependencies() -> RunRecord:
    """A run of the dependency graph of the AWS catalog, in which one node fails."""
    text = (ROOT / "diagrams" / "dependencies.mmd").read_text(encoding="utf-8")
    return recorded(text, {"RDS": {"fail": "The DB subnet group does not cover enough zones"}}, name="dependencies")


@contextmanager
def window(profile: Path, view: Window, client: Client) -> Iterator[Page]:
    """A page with the list of runs."""
    with browser(profile, width=view.width, height=view.height, dark=view.dark) as context:
        page = context.pages[0]
        page.goto(client.access.address)
        yield page


def show(page: Page, run: str) -> None:
    """Open a run and wait until it is live."""
    page.goto(f"{page.url.split('/runs')[0].rstrip('/')}/runs/{run}")
    page.wait_for_selector("#live[data-state=live]")


def home(client: Client) -> str:
    """The address of the server."""
    return f"http://{client.access.hosts[0]}"


def fail(run: GatedRun) -> None:
    """Let the run fail at its last but one node."""
    from mermaid_flow.engine.approvals import Person, approve  # noqa: PLC0415

    with run.folder.journal() as journal:
        approve(journal, "Sure", Person("alice"), comment="after the maintenance window")
    run.gates.failing.add("Report")
    run.gates.open("Open", "Report")
    run.join()


def take(page: Page, file: Path, *, whole: bool = False) -> None:
    """Take the picture once nothing is on its way any more."""
    page.wait_for_load_state("networkidle") if "/runs/" not in page.url else page.wait_for_timeout(400)
    page.screenshot(path=file, full_page=whole)


if __name__ == "__main__":
    main(sys.argv[1:])
