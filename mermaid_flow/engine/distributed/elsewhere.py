"""The side of the queues on which a run is at home: puts its visits in the queue and collects what came of them.

The journal is the run's memory, not the steps of its workflow: visits are queued under ids that follow from the
journal, and queuing one again changes nothing. Whoever takes the run over just does the same again.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mermaid_flow.engine._attempts import Outcome
from mermaid_flow.engine.distributed.database import Database
from mermaid_flow.engine.distributed.queues import VISIT_WORKFLOW, VISITS, Order, enqueue, outcome_of_json
from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.ports import Visit

if TYPE_CHECKING:
    from dbos import DBOSClient

_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_LOST = {"error": {"code": "worker", "message": "the workflow of this visit broke off"}, "seconds": 0.0}
_POLL = 0.02
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Awaited:
    visit: Visit
    report: Callable[[Outcome], None]
    asked_to_stop: bool = False


@dataclass
class Queued:
    """Implements `mermaid_flow.engine._attempts.Elsewhere` for one run. `order` is what its workers need to know."""

    database: Database
    client: DBOSClient
    run: str
    order: Order
    _starts: Counter[tuple[str, int]] = field(default_factory=Counter)
    _awaited: dict[str, _Awaited] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _work: threading.Event = field(default_factory=threading.Event)
    _closed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        threading.Thread(target=self._collect, name=f"mflow-collect-{self.run}", daemon=True).start()

    def note(self, event: Event) -> None:
        """Count the starts of visits."""
        if event.type is EventType.NODE_STARTED and event.node is not None:
            self._starts[event.node, event.visit] += 1

    def start(self, visit: Visit, report: Callable[[Outcome], None]) -> None:
        """Queue the visit, unless it has been already, and wait for it."""
        identity = self._identity(visit.node.id, visit.number)
        order = {
            **{key: told for key, told in self.order.items() if key != "plan"},  # what is applied is applied at home
            "node": visit.node.id,
            "visit": visit.number,
            "attempt": visit.attempt,
            "interrupted": visit.interrupted,
        }
        enqueue(self.client, VISITS, VISIT_WORKFLOW, identity, order)
        with self._guard:
            self._awaited[identity] = _Awaited(visit, report)
        self._work.set()

    def has(self, node: str, visit: int) -> bool:
        """True unless the visit was handed to the process that its run was at home in."""
        found = self.client.list_workflows(
            workflow_ids=[self._identity(node, visit)], status="SUCCESS", load_input=False
        )
        return not any(workflow.output and workflow.output.get("home") for workflow in found)

    def close(self) -> None:
        """Report no more; what is queued stays queued."""
        self._closed.set()
        self._work.set()

    def _identity(self, node: str, visit: int) -> str:
        starts = self._starts[node, visit]
        return f"{self.run}:{node}:{visit}" + (f":{starts}" if starts > 1 else "")

    def _collect(self) -> None:
        while not self._closed.is_set():
            if not self._awaited:
                self._work.wait()
                self._work.clear()
            try:
                self._look()
                self._ask_to_stop()
            except (
                Exception
            ) as error:  # whatever it is (SQLAlchemy's, for a lost connection), the next look may succeed
                _log.warning("run %s: %s", self.run, self.database.hide(str(error)))
            self._closed.wait(_POLL)

    def _look(self) -> None:
        """Report what has ended."""
        with self._guard:
            waiting = list(self._awaited)
        if not waiting:
            return
        for workflow in self.client.list_workflows(workflow_ids=waiting, status=_ENDED, load_input=False):
            with self._guard:
                awaited = self._awaited.pop(workflow.workflow_id)
            outcome = workflow.output if workflow.status == "SUCCESS" and workflow.output else _LOST
            awaited.report(outcome_of_json(awaited.visit, outcome))

    def _ask_to_stop(self) -> None:
        """Pass on to the workers which visits have been cancelled."""
        with self._guard:
            cancelled = {
                identity: awaited
                for identity, awaited in self._awaited.items()
                if awaited.visit.cancellation.requested and not awaited.asked_to_stop
            }
        if not cancelled or self._closed.is_set():
            return  # Once this is closed, what is cancelled is the waiting, not the work.
        with self.database.session() as connection:
            connection.execute(
                "INSERT INTO mflow.stops SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", [list(cancelled)]
            )
        for awaited in cancelled.values():
            awaited.asked_to_stop = True
