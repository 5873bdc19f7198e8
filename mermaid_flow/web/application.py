"""The addresses of the page, and what answers to each. Everything that reads a record or draws does so in a thread."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from mermaid_flow.engine.events import RunStatus
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.nested_runs import node_around, outer_names
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.render.escaping import visible
from mermaid_flow.render.nested import waiting_in
from mermaid_flow.render.report import report
from mermaid_flow.session.project import Project
from mermaid_flow.session.records import Records
from mermaid_flow.web.access import Access, Guard, right_form
from mermaid_flow.web.actions import Actions
from mermaid_flow.web.pages import FOLDER, Around, Filters, Pages, Shown, run_address, style_sheet
from mermaid_flow.web.stream import last_event, stream
from mermaid_flow.web.watch import Watch, Watches

_MOST_RUNS = 2000
_LONGEST_FORM = 64 * 1024
"""Bytes."""
_CHUNK = 64 * 1024
"""Bytes of a log that are read at once."""
_MISSING = frozenset({"run.unknown", "run.none", "run.ambiguous", "run.node"})


def create_application(
    project: Project, records: Records, access: Access, *, read_only: bool, closing: Callable[[], bool]
) -> Starlette:
    """The page of a project's runs, which are in `records`. `closing` says that the server ends, and so all streams."""
    page = _Application(project, records, access, read_only, closing)
    routes = [
        Route("/", page.runs, methods=["GET"]),
        Route("/runs/{run}", page.run, methods=["GET"]),
        Route("/runs/{run}/state", page.state, methods=["GET"]),
        Route("/runs/{run}/details", page.details, methods=["GET"]),
        Route("/runs/{run}/events", page.events, methods=["GET"]),
        Route("/runs/{run}/log", page.log, methods=["GET"]),
        Route("/runs/{run}/report.html", page.report, methods=["GET"]),
        Route("/runs/{run}/diagram.mmd", page.mermaid, methods=["GET"]),
        Route("/page.css", page.style, methods=["GET"]),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]
    if not read_only:
        routes += [
            Route(f"/runs/{{run}}/{name}", page.action(act), methods=["POST"]) for name, act in page.acts.items()
        ]
    application = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, access=access)],
        exception_handlers={MflowError: page.problem},
    )
    application.router.redirect_slashes = False
    return application


Form = Mapping[str, str]
Act = Callable[[RunFolder, RunRecord, Form], str]


class _Application:
    def __init__(
        self, project: Project, records: Records, access: Access, read_only: bool, closing: Callable[[], bool]
    ) -> None:
        self._project = project
        self._records = records
        self._access = access
        self._closing = closing
        self._watches = Watches(records.find, run_address)
        self._actions = Actions(project, records)
        self._pages = Pages(access.form, read_only=read_only)
        actions = self._actions
        self.acts: dict[str, Act] = {
            "approve": lambda run, record, form: actions.approve(
                run, record, form.get("node", ""), form.get("choice", ""), form.get("comment", "")
            ),
            "reject": lambda run, record, form: actions.reject(
                run, record, form.get("node", ""), form.get("comment", "")
            ),
            "cancel": lambda run, _, form: actions.cancel(run, form.get("level", "")),
            "resume": lambda _run, record, _form: actions.resume(record),
        }

    def runs(self, request: Request) -> Response:
        """The list of runs. A plain function: Starlette calls it in a thread, as all that read."""
        query = request.query_params
        known = {status.value for status in RunStatus}
        limit = query.get("limit", "")
        filters = Filters(
            diagram=query.get("diagram", ""),
            statuses=tuple(RunStatus(name) for name in query.getlist("status") if name in known),
            limit=min(int(limit), _MOST_RUNS) if limit.isascii() and limit.isdigit() else Filters().limit,
        )
        everything = self._records.list()
        diagrams = sorted({visible(run.folder.metadata.diagram) for run in everything})
        found = [
            run
            for run in everything
            if (not filters.diagram or visible(run.folder.metadata.diagram) == filters.diagram)
            and (not filters.statuses or run.status in filters.statuses)
        ]
        return HTMLResponse(self._pages.runs(self._project.name, found[: filters.limit + 1], diagrams, filters))

    def run(self, request: Request) -> Response:
        """A run's page."""
        run, watch = self._watch(request)
        if run != request.path_params["run"]:  # `latest`, or the beginning of an id
            return RedirectResponse(run_address(run), 303)
        shown = self._shown(watch)
        told = watch.told(0)[: shown.version.seq]
        return HTMLResponse(self._pages.run(shown, told, request.query_params.get("node", "")))

    def state(self, request: Request) -> Response:
        """What has to be put in place in a run's page."""
        return JSONResponse(self._pages.state(self._shown(self._watch(request)[1])))

    def details(self, request: Request) -> Response:
        """The details of one node, for a page that is open."""
        shown = self._shown(self._watch(request)[1])
        return HTMLResponse(self._pages.details(shown, request.query_params.get("node", "")))

    async def events(self, request: Request) -> Response:
        """The stream of a run's events."""
        _, watch = await run_in_threadpool(self._watch, request)
        after = last_event(request.headers.get("last-event-id"), request.query_params.get("after"))
        return StreamingResponse(stream(watch, after, self._closing), media_type="text/event-stream")

    def log(self, request: Request) -> Response:
        """The whole log of a visit, as text."""
        record = self._shown(self._watch(request)[1]).page.record
        node = record.nodes.get(request.query_params.get("node", ""))
        for visit in node.visits if node else ():
            if str(visit.number) == request.query_params.get("visit") and visit.log.is_file():
                return StreamingResponse(_lines(visit.log), media_type="text/plain; charset=utf-8")
        raise MflowError("there is no such log", code="run.node")

    def report(self, request: Request) -> Response:
        """The report, as a file: its own policy for scripts is not the page's."""
        run, watch = self._watch(request)
        return _file(report(self._shown(watch).page.record, watch.find().inputs), f"{run}.html", "text/html")

    def mermaid(self, request: Request) -> Response:
        """The executed diagram as a Mermaid file."""
        run, watch = self._watch(request)
        return _file(self._shown(watch).page.mermaid, f"{run}.mmd", "text/plain")

    def style(self, _request: Request) -> Response:
        """The style sheet."""
        return Response(style_sheet(), media_type="text/css")

    def action(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        """What answers to a form: a script is told what happened, a browser without one goes back to the run."""

        async def answer(request: Request) -> Response:
            form = await _form(request)
            if not right_form(self._access, form.get("form", "")):
                raise HTTPException(403, "only the page itself may do this")
            _, watch = await run_in_threadpool(self._watch, request)
            shown = await run_in_threadpool(self._shown, watch)
            said = await run_in_threadpool(act, watch.find(), shown.page.record, form)
            if _wants_json(request):
                return JSONResponse({"said": said})
            return RedirectResponse(run_address(shown.page.name), 303)

        return answer

    def problem(self, request: Request, error: Exception) -> Response:
        """What a user's mistake, or a damaged record, looks like."""
        assert isinstance(error, MflowError)  # noqa: S101 - it is registered for these only
        status = 404 if error.code in _MISSING else 409
        if _wants_json(request):
            return JSONResponse({"said": visible(error)}, status)
        return HTMLResponse(self._pages.problem(error), status)

    def _watch(self, request: Request) -> tuple[str, Watch]:
        return self._watches.of(request.path_params["run"])

    def _shown(self, watch: Watch) -> Shown:
        version, page = watch.page()
        asking = tuple(waiting_in(page.record)) if version.working else ()
        return Shown(version, page, self._actions.trouble(page.record.id), self._around(page.name), asking)

    def _around(self, run: str) -> tuple[Around, ...]:
        """The runs around a nested one, the outermost first, each with the node that leads inwards."""
        names = [*outer_names(run), run]
        folders = [self._records.find(name) for name in names]
        return tuple(
            Around(visible(folder.metadata.diagram), run_address(name, node_around(inner.path)))
            for name, folder, inner in zip(names, folders, folders[1:], strict=False)
        )


async def _form(request: Request) -> Form:
    """The fields of a form as browsers send it by default. Starlette's own reader needs a further package."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_FORM:
            raise HTTPException(413, "the form is too long")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept", "") == "application/json"


def _lines(log: Path) -> Iterator[str]:
    with log.open(encoding="utf-8", errors="replace") as file:
        while lines := file.readlines(_CHUNK):
            yield visible("".join(lines))


def _file(text: str, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=f"{kind}; charset=utf-8", headers=headers)
