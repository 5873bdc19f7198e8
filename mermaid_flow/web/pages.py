"""What the browser gets: the list of runs, and a run as the report shows it, part by part, so that parts can change.

A page is complete as it comes, without a script: links lead to a node's details, forms post. The scripts then fetch
parts anew when something happened, and put those in place that differ.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from mermaid_flow.engine.events import RunStatus
from mermaid_flow.engine.history import RunSummary
from mermaid_flow.engine.record import NodeRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.render.escaping import visible
from mermaid_flow.render.nested import Nested, nested_of
from mermaid_flow.render.report import NestedPage, Page, environment, section_of, style
from mermaid_flow.web.actions import RESUMABLE
from mermaid_flow.web.watch import Told, Version

if TYPE_CHECKING:
    from jinja2 import Template

FOLDER = Path(str(files("mermaid_flow.web")))
PARTS = {
    "heading": "heading.html",
    "facts": "facts.html",
    "actions": "actions.html",
    "trouble": "trouble.html",
    "drift": "drift.html",
    "legend": "legend.html",
    "drawing": "drawing.html",
    "timeline": "timeline.html",
    "decisions": "decisions.html",
    "nodes": "nodes.html",
    "components": "components.html",
}
"""The parts of a run's page that change while it runs, and their templates: some are the report's, some our own."""

_MOST_LINES = 200
"""Lines of what happened before that a page comes with."""
_KEPT = 16


@dataclass(frozen=True, slots=True)
class Filters:
    """Which runs are listed. `limit` is how many at most."""

    diagram: str = ""
    statuses: tuple[RunStatus, ...] = ()
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Around:
    """A run around a nested one: its diagram, and the address of the node that the nested one works for."""

    diagram: str
    address: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A run in one of its states, and what the page says beside its record."""

    version: Version
    page: Page
    complaint: str = ""
    """What the last resume from the page ended with."""
    around: tuple[Around, ...] = ()
    """The runs that it is nested in, the outermost first."""
    asking: tuple[Nested, ...] = ()
    """The runs nested in it that wait for an answer."""


class Pages:
    """Makes HTML. `form` is the token that forms bring back; a page that is `read_only` has no forms."""

    def __init__(self, form: str, *, read_only: bool) -> None:
        self._form = form
        self._read_only = read_only
        self._parts: dict[str, tuple[Shown, dict[str, str]]] = {}
        self._lock = threading.Lock()

    def runs(self, project: str, found: Sequence[RunSummary], diagrams: Sequence[str], filters: Filters) -> str:
        """The list of runs, newest first; one more than the limit says that there are more."""
        return _template("runs.html").render(
            project=project,
            runs=found[: filters.limit],
            more=len(found) > filters.limit,
            diagrams=diagrams,
            filters=filters,
            statuses=list(RunStatus),
        )

    def run(self, shown: Shown, told: Sequence[Told], node: str) -> str:
        """A run's page, with the details of `node` when there is such a node."""
        lines = [(one.event, line) for one in told[-_MOST_LINES:] for line in one.lines]
        return _template("run.html").render(
            shown.page.context(),
            parts=self.parts(shown),
            details=self.details(shown, node),
            selected=node if node in shown.page.record.nodes else "",
            lines=lines,
            seq=shown.version.seq,
            address=run_address(shown.page.name),
            around=shown.around,
        )

    def state(self, shown: Shown) -> dict[str, object]:
        """What a page needs to be up to date, as JSON."""
        record = shown.page.record
        title = f"{visible(record.metadata.diagram)}: {record.status.value}"
        return {"seq": shown.version.seq, "title": title, "parts": self.parts(shown)}

    def parts(self, shown: Shown) -> Mapping[str, str]:
        """The parts that change, as HTML."""
        with self._lock:
            run = shown.page.name
            known = self._parts.get(run)
            if known is None or known[0] != shown:
                if len(self._parts) >= _KEPT:
                    self._parts.clear()
                known = self._parts[run] = shown, self._made(shown)
            return known[1]

    def _made(self, shown: Shown) -> dict[str, str]:
        record = shown.page.record
        context = {
            **shown.page.context(),
            "address": run_address(shown.page.name),
            "around": shown.around,
            "asking": [(run, run_address(run.name)) for run in shown.asking],
            "form": self._form,
            "read_only": self._read_only,
            "working": shown.version.working,
            "resumable": record.status in RESUMABLE,
            "complaint": shown.complaint,
        }
        return {name: _template(file).render(context) for name, file in PARTS.items()}

    def details(self, shown: Shown, name: str) -> str:
        """What there is to say about one node, with the end of its logs; without such a node, how to choose one."""
        node = shown.page.record.nodes.get(name)
        section = None
        if node:
            nested = [NestedPage(run, link=run_address(run.name)) for run in nested_of(node)]
            section = replace(section_of(node, "details"), nested=nested)
        return _template("details.html").render(
            shown.page.context(),
            node=node,
            section=section,
            logs=_logs(shown.page.name, node) if node else [],
        )

    def problem(self, error: MflowError) -> str:
        """A page that says what went wrong."""
        return _template("problem.html").render(error=error)


def run_address(run: str, node: str | None = None) -> str:
    """The address of a run's page, or of a node's details in it."""
    return f"/runs/{quote(run, safe='')}" + ("" if node is None else f"?{node_query(node)}#details")


def node_query(node: str) -> str:
    """A node's id, which may be anything, as part of an address."""
    return f"node={quote(node, safe='', errors='surrogatepass')}"


@cache
def style_sheet() -> str:
    """The report's style sheet, and what the page has beyond it."""
    return style() + (FOLDER / "static" / "page.css").read_text(encoding="utf-8")


def _logs(run: str, node: NodeRecord) -> list[tuple[int, str]]:
    """The numbers of the visits that left a log, and its address."""
    return [
        (visit.number, f"{run_address(run)}/log?{node_query(node.id)}&visit={visit.number}")
        for visit in node.visits
        if visit.log.is_file()
    ]


def _template(name: str) -> Template:
    return environment(FOLDER / "templates").get_template(name)
