"""The side of the queues on which visits run: what a worker knows of the runs whose visits come to it, and one visit.

Values of earlier nodes do not travel with a visit: each worker folds the journal of the run, as its owner does.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import Any, Protocol

import psycopg

from mermaid_flow.engine._attempts import Outcome, attempt, checked
from mermaid_flow.engine._course import Course
from mermaid_flow.engine._courses import course_of
from mermaid_flow.engine.diagram_change import translated
from mermaid_flow.engine.distributed.database import DatabaseLost
from mermaid_flow.engine.distributed.journal import DatabaseJournal
from mermaid_flow.engine.distributed.queues import Order, outcome_as_json
from mermaid_flow.engine.distributed.runs import DatabaseRun
from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.folder import digest
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Visit, Worker
from mermaid_flow.engine.resume import DIED
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.model import FlowGraph, Node, Role
from mermaid_flow.graph.sequence import SequenceTree
from mermaid_flow.handlers.context import Cancellation, Cancelled

_MOST_RUNS = 16
_RETRY = 0.5
_SIGNS = """SELECT EXISTS (SELECT FROM mflow.stops WHERE visit = %(id)s),
    EXISTS (SELECT FROM mflow.interruptions WHERE visit = %(id)s)"""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What runs the visits of one run in a worker."""

    run: DatabaseRun
    graph: FlowGraph | SequenceTree
    worker: Worker
    hidden: tuple[str, ...] = ()
    grace: float = 30.0


class FindWorkshop(Protocol):
    """Finds a run and reads its diagram and bindings."""

    def __call__(self, order: Order) -> Workshop:
        """The workshop for an order. Raises MflowError when this worker cannot run the diagram."""


@dataclass(frozen=True, slots=True)
class _Task:
    """What a visit begins with."""

    node: Node
    values: Mapping[str, Mapping[str, object]]
    items: Mapping[str, object]
    stopped: bool
    """Whether it is to stop before it has begun."""
    died: bool
    """Whether a worker died that ran it."""


@dataclass(frozen=True, slots=True)
class _Site:
    """A workshop with what has happened in its run so far."""

    workshop: Workshop
    course: Course
    connection: psycopg.Connection
    journal: DatabaseJournal
    guard: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, workshop: Workshop) -> _Site:
        course = course_of(workshop.graph, workshop.worker, Options())
        database = workshop.run.database
        connection = database.connect()
        site = cls(workshop, course, connection, DatabaseJournal(database, workshop.run.id, connection=connection))
        for event in translated(site.journal.read(), digest(workshop.run.source.text)):
            course.fold(event)
        return site

    def task(self, visit: str, node: str) -> _Task:
        """Fold what has happened since, and look up what a visit of this id is to know of it.

        Raises MflowError when the run has gone on without it.
        """
        with self.guard:
            for event in self.journal.read():
                self.course.fold(event)
            try:
                row = self.connection.execute(_SIGNS, {"id": visit}).fetchone()
            except psycopg.Error as error:
                raise self.workshop.run.database.lost(error) from error
            stopped, died = row or (False, False)
            values, items = self.course.seen_by(node), self.course.items(node)
            return _Task(self.course.node(node), values, items, stopped, died)

    def record(self, event: Event) -> None:
        """Write what a handler wants recorded into the journal."""
        event = checked(event, self.workshop.hidden)
        with self.guard:
            if event.node is not None and self.course.knows(event.node):
                event = replace(event, visit=self.course.visit(event.node))
            for stored in self.journal.append([event]):
                self.course.fold(stored)


class Visits:
    """Runs visits, several at once."""

    def __init__(self, find: FindWorkshop) -> None:
        self._find = find
        self._sites: OrderedDict[str, _Site] = OrderedDict()
        self._guard = threading.RLock()  # `stop` may come as a signal to a thread that holds it
        self._active: dict[str, Cancellation] = {}
        self._stopping = threading.Event()

    @property
    def active(self) -> list[str]:
        """The ids of the visits that run."""
        with self._guard:
            return list(self._active)

    def cancel(self, identity: str) -> None:
        """Ask the handler of a visit to stop, if it runs here."""
        with self._guard:
            if identity in self._active:
                self._active[identity].request()

    def stop(self) -> None:
        """Ask all handlers to stop, and give nothing back any more: the visits belong to someone else now."""
        self._stopping.set()
        with self._guard:
            for cancellation in self._active.values():
                cancellation.request()

    def run(self, identity: str, order: Order) -> dict[str, Any]:
        """Run one visit and return its outcome. Never returns after `stop`."""
        cancellation = Cancellation()
        with self._guard:
            self._active[identity] = cancellation
        try:
            outcome = self._carry_out(identity, order, cancellation)
        finally:
            with self._guard:
                del self._active[identity]
        if self._stopping.is_set():
            threading.Event().wait()  # for the process to end: what the handler said on being stopped is no outcome
        return outcome

    def _carry_out(self, identity: str, order: Order, cancellation: Cancellation) -> dict[str, Any]:
        while True:
            try:
                return self._attempt(identity, order, cancellation)
            except DatabaseLost:
                self._forget(str(order["home"]))
                self._stopping.wait(_RETRY)
            except MflowError as error:  # of this worker's project, before the handler was called
                return outcome_as_json(Outcome("", 0, 0, 0.0, error), ())

    def _attempt(self, identity: str, order: Order, cancellation: Cancellation) -> dict[str, Any]:
        site = self._site(order)
        task = site.task(identity, str(order["node"]))
        workshop, node, number = site.workshop, task.node, int(order["visit"])
        hidden = workshop.hidden
        policy = workshop.worker.policy(node)
        reconcile = bool(order["interrupted"])
        if task.stopped:
            return outcome_as_json(_failed(node, Cancelled("the run was cancelled", code="cancelled")), hidden)
        if task.died and node.role is not Role.DECISION:
            site.record(_took_over(node, number))
            if policy.on_interrupted == "fail":
                return outcome_as_json(_failed(node, MflowError(DIED["message"], code=DIED["code"])), hidden)
            reconcile = reconcile or policy.on_interrupted == "reconcile"
        visit = Visit(
            node=node,
            number=number,
            attempt=int(order["attempt"]),
            folder=workshop.run.visit_folder(node.id, number),
            values=task.values,
            items=task.items,
            cancellation=cancellation,
            emit=site.record,
            interrupted=reconcile,
        )
        outcome = _in_time(lambda: attempt(workshop.worker, visit, hidden), visit, policy.timeout, workshop.grace)
        return outcome_as_json(outcome, hidden)

    def _site(self, order: Order) -> _Site:
        home = str(order["home"])
        with self._guard:
            if home in self._sites:
                self._sites.move_to_end(home)
                return self._sites[home]
        site = _Site.open(self._find(order))
        with self._guard:
            self._sites[home] = site
            if len(self._sites) > _MOST_RUNS:
                self._sites.popitem(last=False)  # its connection closes with the last visit that still uses it
        return site

    def _forget(self, home: str) -> None:
        with self._guard:
            self._sites.pop(home, None)


def _in_time(run: Callable[[], Outcome], visit: Visit, timeout: float | None, grace: float) -> Outcome:
    """Run an attempt within its time limit. A handler that does not stop when it is told to is left behind."""
    if timeout is None:
        return run()
    outcomes: SimpleQueue[Outcome] = SimpleQueue()
    began = time.monotonic()
    threading.Thread(target=lambda: outcomes.put(run()), daemon=True).start()
    try:
        return outcomes.get(timeout=timeout)
    except Empty:
        visit.cancellation.request()
    try:
        outcome = outcomes.get(timeout=grace)
    except Empty:
        outcome = _failed(visit.node, MflowError("it did not end in time", code="timeout"))
    return replace(outcome, seconds=round(time.monotonic() - began, 6), timed_out=True)


def _failed(node: Node, error: MflowError) -> Outcome:
    return Outcome(node.id, 0, 0, 0.0, error)


def _took_over(node: Node, visit: int) -> Event:
    data = {"message": f"the worker that ran {node.label!r} died; another one took over", "level": "warning"}
    return Event(EventType.NOTICE, node.id, visit, data)
