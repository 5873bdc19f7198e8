"""Runs on many machines, as the process sees them that asks for one: lay a run down for the workers and follow it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from mermaid_flow.engine.cancellation import CancelLevel, request_cancel
from mermaid_flow.engine.distributed.database import Database
from mermaid_flow.engine.distributed.lease import check_shared
from mermaid_flow.engine.distributed.queues import HOME_WORKFLOW, HOMES, enqueue, open_client
from mermaid_flow.engine.distributed.runs import DatabaseRun
from mermaid_flow.engine.events import EventType, Observer, RunStatus
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.follow import follow
from mermaid_flow.engine.masking import masked
from mermaid_flow.engine.options import Options
from mermaid_flow.errors import MflowError, RunFailed
from mermaid_flow.session.plan import SavedPlan
from mermaid_flow.session.prepare import Gathered
from mermaid_flow.session.run import model_of
from mermaid_flow.session.sequence import AnyPrepared


@dataclass
class DistributedRun:
    """A run that workers carry out, as the process sees it that asked for it. Make one with `start` or `resume`."""

    prepared: AnyPrepared
    folder: DatabaseRun
    options: Options
    workers: int
    """How many workers are alive; without any the run stays queued until one is started."""
    start_from: str | None = None
    plan: Mapping[str, object] | None = None
    """The reviewed plan, as it was saved: workers apply nothing else."""
    observers: list[Observer] = field(default_factory=list)
    _asked: CancelLevel = CancelLevel.NONE

    def carry_out(self) -> RunStatus:
        """Queue the run and follow it to its end. Raises MflowError for what keeps workers from carrying it out."""
        with self.folder.journal() as journal:
            seen = len(journal.read())
        home = self._queue()
        finished = None
        for event in follow(self.folder, seen):
            for observer in self.observers:
                observer(event)
            if event.type is EventType.RUN_FINISHED:
                finished = RunStatus(str(event.data["status"]))
        if finished is None:
            self._raise_what_failed(home)
        return finished

    def cancel(self, level: CancelLevel | None = None) -> CancelLevel:
        """Ask the run to stop; each call without a level asks more urgently."""
        if level is None:
            level = CancelLevel(min(CancelLevel.KILL, self._asked + 1))
        self._asked = max(self._asked, level)
        with suppress(MflowError), self.folder.journal() as journal:  # it may have ended meanwhile
            request_cancel(journal, level)
        return level

    def _queue(self) -> str:
        before = self.folder.home()
        number = 1 if before is None else int(before.partition(":")[2] or 1) + 1
        home = self.folder.id if number == 1 else f"{self.folder.id}:{number}"
        request = self.prepared.request
        order = {
            "run": self.folder.id,
            "home": home,
            "options": {**asdict(self.options), "limits": dict(self.options.limits)},
            "from": self.start_from,
            "vars": list(request.vars),
            "sets": list(request.sets),
            "plan": self.plan,
        }
        with self.folder.database.session() as connection:
            connection.execute("UPDATE mflow.runs SET home = %s WHERE id = %s", [home, self.folder.id])
        client = open_client(self.folder.database)
        try:
            enqueue(client, HOMES, HOME_WORKFLOW, home, order)
        finally:
            client.destroy()
        return home

    def _raise_what_failed(self, home: str) -> NoReturn:
        """No worker could carry the run out: say why. A run that has not begun leaves no record."""
        client = open_client(self.folder.database)
        try:
            found = client.list_workflows(workflow_ids=[home], load_input=False)
        finally:
            client.destroy()
        with self.folder.journal() as journal:
            begun = bool(journal.read())
        if not begun:
            self.folder.discard()
        error = (found[0].output or {}).get("error") if found else None
        if error is None:
            raise RunFailed(f"run {self.folder.id} broke off", code="run.broken", hint="see the log of the workers")
        raise RunFailed(error["message"], code=error["code"], hint=error.get("hint", ""))


def start(
    prepared: AnyPrepared,
    database: Database,
    *,
    options: Options,
    taken_over: str | None = None,
    reviewed: SavedPlan | None = None,
) -> DistributedRun:
    """Lay down a new run for the workers. `taken_over` is the id of an earlier run whose results are used.

    The worker that begins it compares the diagram with the `reviewed` plan once more, and its applies with it as well.
    Raises MflowError when they could not carry it out.
    """
    workers = _checked(prepared, database)
    plan = None if reviewed is None else _without_secrets(reviewed, prepared)
    folder = DatabaseRun.create_in(
        database,
        prepared.project.runs,
        prepared.source,
        diagram=prepared.name,
        graph=model_of(prepared),
        target=prepared.target.name,
        component=prepared.component_path,
        inputs=prepared.inputs.variables.mask(prepared.project.secrets),
        settings=asdict(replace(prepared.request, diagram=_found_from_anywhere(prepared.request.diagram))),
        hidden=prepared.secrets,
        reused=taken_over,
    )
    return DistributedRun(prepared, folder, options, workers, plan=plan)


def resume(
    prepared: AnyPrepared, folder: RunFolder, *, options: Options, start_from: str | None = None
) -> DistributedRun:
    """Have workers go on with a recorded run. Raises MflowError when they could not, or are at it."""
    assert isinstance(folder, DatabaseRun)  # noqa: S101 - others are resumed where they are
    workers = _checked(prepared, folder.database)
    if folder.is_locked():
        raise MflowError(
            f"workers are working on run {folder.id}",
            code="run.locked",
            hint=f"follow it with `mflow show {folder.id} --follow`",
        )
    return DistributedRun(prepared, folder, options, workers, start_from)


def _checked(prepared: AnyPrepared, database: Database) -> int:
    """What has to hold before workers carry a diagram out. Returns how many of them are alive."""
    secrets = prepared.secrets
    for setting in prepared.request.sets:
        if masked(setting, secrets) != setting:
            raise MflowError(
                f"{setting.partition('=')[0]} is a secret, and --set would leave it in the database",
                code="engine.secret",
                hint="put it into a vars file, which each worker reads for itself",
            )
    project = prepared.project
    for file in (*prepared.request.vars, _found_from_anywhere(prepared.request.diagram)):
        if Path(file).is_absolute() and not Path(file).resolve().is_relative_to(project.folder):
            raise MflowError(
                f"{file} is outside {project.folder}: other workers may not see it",
                code="engine.outside",
                hint="put it into the project's folder, which all workers share",
            )
    return check_shared(database, project.state, project.folder)


def _without_secrets(reviewed: SavedPlan, prepared: Gathered) -> Mapping[str, object]:
    """The plan for the database. Raises MflowError when there is a secret in it: masked, it could not be compared."""
    request = asdict(replace(reviewed.request, sets=()))
    plan: dict[str, object] = json.loads(json.dumps({**reviewed.data, "request": request}))
    if masked(plan, prepared.secrets) != plan:
        raise MflowError(
            "a secret stands in the plan, and the run would leave it in the database",
            code="engine.secret",
            hint="mark the variable `sensitive` in its module and plan again: plans leave such values out",
        )
    return plan


def _found_from_anywhere(diagram: str) -> str:
    """A diagram as workers find it, whatever folder they are in: a name in the project, or an absolute path."""
    file = Path(diagram.partition("#")[0])
    return str(Path.cwd() / diagram) if file.is_file() else diagram
