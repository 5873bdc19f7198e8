"""What a worker does for a project: it is home to some of its runs, and runs visits of all of them.

A run is at home in one worker at a time. Its visits run in any worker; those that touch Terraform components or run
another diagram are handed home, so that one process at a time works on a component. So are the steps of a sequence
that an object does: what it remembers is in one process only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from mermaid_flow.engine._attempts import Elsewhere, Outcome
from mermaid_flow.engine.distributed.database import Database
from mermaid_flow.engine.distributed.queues import Order
from mermaid_flow.engine.distributed.runs import DatabaseRun, find_in
from mermaid_flow.engine.distributed.service import Service
from mermaid_flow.engine.distributed.visits import Workshop
from mermaid_flow.engine.events import Event
from mermaid_flow.engine.masking import masked
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import HandedHome, Visit
from mermaid_flow.session.plan import compare, read
from mermaid_flow.session.prepare import Prepared, check, recorded_request
from mermaid_flow.session.progress import Channel
from mermaid_flow.session.project import Project
from mermaid_flow.session.run import model_of, worker_of
from mermaid_flow.session.run import resume as resume_here
from mermaid_flow.session.sequence import AnyPrepared, prepare_diagram
from mermaid_flow.session.sequence_bindings import SequenceBindings


def serve(project: Project, database: Database, *, concurrency: int, runs: int) -> Service:
    """A worker for the runs of a project, not started yet."""
    site = _ProjectSite(project, database)
    return Service(
        database,
        site.workshop,
        site.carry_out,
        project=project.folder,
        state=project.state,
        concurrency=concurrency,
        runs=runs,
    )


@dataclass(frozen=True, slots=True)
class _ProjectSite:
    """What a worker does for a project."""

    project: Project
    database: Database

    def workshop(self, order: Order) -> Workshop:
        """What runs the visits of a run here."""
        run, prepared = self._prepared(order)
        secrets = tuple(prepared.secrets)
        at_home: Any = _AtHome()
        worker = worker_of(prepared)(
            inputs=prepared.inputs,
            run=prepared.run_info(run.id, run.path, prepared.target.environment()),
            component=at_home,
            components=at_home,
            run_diagram=at_home,
            hide=lambda text: str(masked(text, secrets)),
            channel=Channel(),
        )
        return Workshop(run, model_of(prepared), worker, secrets)

    def carry_out(self, order: Order, elsewhere: Elsewhere) -> None:
        """Carry out a run that is at home here."""
        folder, prepared = self._prepared(order)
        reviewed = None if order["plan"] is None else read(order["plan"])
        with folder.journal() as journal:
            begun = bool(journal.read())
        if reviewed is not None and isinstance(prepared, Prepared) and not begun:
            compare(reviewed, prepared, check(prepared))
        run = resume_here(
            prepared,
            folder,
            options=Options(**order["options"]),
            start_from=order["from"],
            reviewed=None if reviewed is None else reviewed.components,
        )
        run.elsewhere = elsewhere if isinstance(prepared, Prepared) else _BesideObjects(elsewhere, prepared.steps)
        if folder.metadata.reused:
            run.taken_over = find_in(self.database, self.project.runs, folder.metadata.reused)
        run.carry_out()

    def _prepared(self, order: Order) -> tuple[DatabaseRun, AnyPrepared]:
        run = find_in(self.database, self.project.runs, order["run"])
        request = replace(recorded_request(run.metadata, tuple(order["vars"]), ()), sets=tuple(order["sets"]))
        return run, prepare_diagram(self.project, request)


@dataclass(frozen=True, slots=True)
class _BesideObjects:
    """Elsewhere for all but objects that stand for participants: their steps need not go through the queue."""

    inner: Elsewhere
    bindings: SequenceBindings

    def note(self, event: Event) -> None:
        self.inner.note(event)

    def start(self, visit: Visit, report: Callable[[Outcome], None]) -> None:
        if self.bindings.has_object(visit.node.id):
            report(Outcome(visit.node.id, visit.number, visit.attempt, 0.0, HandedHome()))
        else:
            self.inner.start(visit, report)

    def has(self, node: str, visit: int) -> bool:
        return not self.bindings.has_object(node) and self.inner.has(node, visit)

    def close(self) -> None:
        self.inner.close()


class _AtHome:
    """Stands for components, and for other diagrams, in workers that a run is not at home in."""

    def __getattr__(self, name: str) -> NoReturn:
        raise HandedHome(name)

    def __call__(self, *_: object, **__: object) -> NoReturn:
        raise HandedHome
