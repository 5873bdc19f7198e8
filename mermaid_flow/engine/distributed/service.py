"""A worker: takes runs and visits from the queues, keeps its lease, takes over from workers that died."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import psycopg
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from mermaid_flow.engine._attempts import Elsewhere, error_data
from mermaid_flow.engine.distributed.database import Database, DatabaseLost
from mermaid_flow.engine.distributed.elsewhere import Queued
from mermaid_flow.engine.distributed.lease import Lease, LeaseLost, check_shared
from mermaid_flow.engine.distributed.queues import (
    APPLICATION,
    HOME_WORKFLOW,
    HOMES,
    VERSION,
    VISIT_WORKFLOW,
    VISITS,
    Order,
    open_client,
)
from mermaid_flow.engine.distributed.runs import LEASE
from mermaid_flow.engine.distributed.visits import FindWorkshop, Visits
from mermaid_flow.errors import MflowError

PATIENCE = 600.0
"""Seconds that a run waits for what its dead owner has left locked."""
_RETRIED = frozenset({"database.lost", "run.locked", "terraform.busy"})
_RETRY = 0.3
_GRACE = 5.0
_NAP = 0.5
_log = logging.getLogger(__name__)


class CarryOut(Protocol):
    """Carries out a run from the process that it is at home in."""

    def __call__(self, order: Order, elsewhere: Elsewhere) -> None:
        """Run, or take over, the run of the order. Raises MflowError when it cannot go on here."""


class Service:
    """One worker. A process has one at a time; `start` it, then `wait` until it is stopped or has lost its lease."""

    def __init__(
        self,
        database: Database,
        find: FindWorkshop,
        carry_out: CarryOut,
        *,
        project: Path,
        state: Path,
        concurrency: int = 8,
        runs: int = 64,
        poll: float = 0.1,
        lease: float = LEASE,
    ) -> None:
        self.visits = Visits(find)
        self._database = database
        self._carry_out = carry_out
        self._state = state
        self._project = project
        self._concurrency, self._runs, self._poll = concurrency, runs, poll
        self._lease = Lease(database, project, lease)
        self._stopped = threading.Event()
        self._lost: LeaseLost | None = None
        self._keeper = threading.Thread(target=self._keep, name="mflow-lease", daemon=True)
        """The owner of the lease."""

    def start(self) -> None:
        """Begin to work. Raises MflowError when the database or the shared folder is not what it should be."""
        self._database.prepare()
        check_shared(self._database, self._state, self._project)
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        self._mark.touch()
        self._lease.take()
        self.client = open_client(self._database)
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": self._database.for_dbos,
            "application_version": VERSION,
            "executor_id": self._lease.worker,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
        }
        DBOS(config=config)
        DBOS.listen_queues([HOMES, VISITS])
        _current.append(self)
        with self._database.through_dbos():
            DBOS.launch()
            for name, limit in ((HOMES, self._runs), (VISITS, self._concurrency)):
                DBOS.register_queue(
                    name, worker_concurrency=limit, polling_interval_sec=self._poll, on_conflict="always_update"
                )
        self._keeper.start()

    def wait(self) -> None:
        """Until `stop`. Raises LeaseLost when the worker was deposed; its process has to end then."""
        # In short naps: a signal that comes just before a wait without end begins is handled only after it.
        while not self._stopped.wait(_NAP):
            pass
        give_up = time.monotonic() + _GRACE
        while self.visits.active and time.monotonic() < give_up:
            threading.Event().wait(0.05)
        self._keeper.join(_GRACE)
        if self._lost is not None:
            raise self._lost

    def stop(self) -> None:
        """Stop all actions and let go: other workers take over what is not finished. The process has to end then."""
        self.visits.stop()
        self._mark.unlink(missing_ok=True)
        self._stopped.set()

    def run_home(self, order: Order) -> Mapping[str, object]:
        """Carry out a run; what keeps it from going on is its result, for whoever follows it."""
        give_up = time.monotonic() + PATIENCE
        while True:
            elsewhere = Queued(self._database, self.client, str(order["run"]), order)
            try:
                self._carry_out(order, elsewhere)
            except Exception as raised:
                error = self._told(raised)
                if error is None:  # a mistake in mflow or in a project's own code
                    _log.exception("run %s cannot go on", order["run"])
                    return {"error": error_data(raised)}
                if error.code in _RETRIED and time.monotonic() < give_up and not self._stopped.wait(_RETRY):
                    continue
                if self._stopped.is_set():
                    threading.Event().wait()  # for the process to end: the run is someone else's
                return {"error": error_data(error)}
            finally:
                elsewhere.close()
            return {}

    def _told(self, raised: Exception) -> MflowError | None:
        """What keeps a run from going on, as mflow tells it. DBOS has its own way to tell of a lost database."""
        if isinstance(raised.__cause__, psycopg.Error) and not isinstance(raised, MflowError):
            return self._database.lost(raised)
        return raised if isinstance(raised, MflowError) else None

    @property
    def _mark(self) -> Path:
        return self._state / "workers" / self._lease.worker

    def _keep(self) -> None:
        """Renew the lease, stop what is cancelled, and take over from the dead."""
        while not self._stopped.is_set():
            try:
                for identity in self._lease.renew(self.visits.active):
                    self.visits.cancel(identity)
                self._take_over()
            except LeaseLost as lost:
                self._lost = lost
                self.stop()
            except (DatabaseLost, psycopg.Error) as error:
                _log.debug("lease: %s", self._database.hide(str(error)))
            self._stopped.wait(min(1.0, self._lease.seconds / 5))
        self._lease.release()

    def _take_over(self) -> None:
        left = self._lease.depose_dead()
        for queue in {found.queue for found in left}:
            ids = [found.workflow for found in left if found.queue == queue]
            self.client.resume_workflows(ids, queue_name=queue)
            _log.info("took over %s", ", ".join(ids))


_current: list[Service] = []
"""The service of this process, last: DBOS knows workflows by functions of modules."""


@DBOS.workflow(name=HOME_WORKFLOW)
def home_workflow(order: dict[str, Any]) -> Mapping[str, object]:
    """A run, at home in this process."""
    return _current[-1].run_home(order)


@DBOS.workflow(name=VISIT_WORKFLOW)
def visit_workflow(order: dict[str, Any]) -> dict[str, Any]:
    """One visit of a run that is at home anywhere."""
    return _current[-1].visits.run(str(DBOS.workflow_id), order)
