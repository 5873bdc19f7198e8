"""A run of twelve nodes by the real engine, of which each goes on when the test lets it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.executor import Executor
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Visit
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from tests.engine.running import FakeWorker, graph_of, new_folder

TWELVE = """flowchart TD
    Start([Start]) --> Check[Check the account]
    Check --> Wanted{Database wanted?}
    Wanted -->|yes| Database[(Create the database)]
    Wanted -->|no| NoDatabase[Skip the database]
    Check --> Network[Create the network]
    subgraph Services
        Network --> Api[Start the API]
        Network --> Web[Start the web server]
    end
    Database --> Api
    Api --> Sure{{Open it to the public?}}
    Web --> Sure
    Sure --> Open[Open the load balancer]
    Open --> Report[Write the report]
    Report --> End([End])
"""
PATIENCE = 20


class Gates:
    """Lets nodes go on, one by one. What a node does comes before its gate: it logs and records a resource."""

    def __init__(self) -> None:
        self._gates: dict[str, threading.Event] = {}
        self._lock = threading.Lock()
        self.failing: set[str] = set()

    def gate(self, node: str) -> threading.Event:
        with self._lock:
            return self._gates.setdefault(node, threading.Event())

    def open(self, *nodes: str) -> None:
        for node in nodes:
            self.gate(node).set()

    def pass_through(self, visit: Visit) -> object:
        node = visit.node.id
        visit.folder.mkdir(parents=True, exist_ok=True)
        log = visit.folder / "log.txt"
        log.write_text(f"{node} begins\n")
        resource = {"component": "acme/dev", "address": f"thing.{node}", "resource_type": "thing", "action": "create"}
        visit.emit(Event(EventType.RESOURCE, node, visit.number, {**resource, "state": "started"}))
        while not self.gate(node).wait(0.05):
            if visit.cancellation.requested:
                raise MflowError("told to stop", code="test.stop")
        if node in self.failing:
            raise MflowError(f"{node} broke", code="test.broke", hint="mend it")
        visit.emit(Event(EventType.RESOURCE, node, visit.number, {**resource, "state": "complete", "seconds": 0.5}))
        with log.open("a") as file:
            file.write(f"{node} ends\n")
        return {"made": node}


class GatedRun:
    """The run, in a thread. `folder` is its folder."""

    def __init__(self, runs: Path, text: str = TWELVE, name: str = "release", parent: str | None = None) -> None:
        self.gates = Gates()
        self.graph = graph_of(text, name)
        inputs = {"password": "***", "size": 3}
        self.folder = new_folder(runs, self.graph, component="acme/dev/release", inputs=inputs, parent=parent)
        self.status: RunStatus | None = None
        self._executor: Executor | None = None
        self._thread: threading.Thread | None = None

    @property
    def id(self) -> str:
        return self.folder.id

    def start(self, answers: dict[str, str | list[str]] | None = None) -> None:
        actions = {
            node.id: self.gates.pass_through
            for node in self.graph.nodes.values()
            if node.role.value in ("action", "event")
        }
        worker = FakeWorker(actions=actions, answers=answers or {"Wanted": "yes"}, graph=self.graph)
        self._executor = Executor(self.graph, self.folder, worker, options=Options(parallel=4, poll=0.05, grace=1.0))
        self._thread = threading.Thread(target=self._carry_out, args=(self._executor,), daemon=True)
        self._thread.start()

    def _carry_out(self, executor: Executor) -> None:
        self.status = executor.run()

    def join(self) -> RunStatus:
        assert self._thread is not None
        self._thread.join(PATIENCE)
        assert self.status is not None
        return self.status

    def record(self) -> RunRecord:
        return RunRecord.open(self.folder)

    def stop(self) -> None:
        """End it whatever it is at."""
        self.gates.open(*self.graph.nodes)
        if self._executor is not None and self.status is None:
            self._executor.cancel()
            self.join()


@contextmanager
def gated_run(runs: Path, text: str = TWELVE, name: str = "release", parent: str | None = None) -> Iterator[GatedRun]:
    run = GatedRun(runs, text, name, parent)
    try:
        yield run
    finally:
        run.stop()
