"""Disturbs runs of several workers at random moments: the results are right, and nothing that finished runs again.

    python -m tests.engine.distributed.torture --kills 200 --freezes 20 --restarts 10

The runs are by turns those of `tests.engine.torture` and of a sequence of 47 steps with loops side by side, one in the
other, a retried, a handled and an unhandled failure. Each disturbance is a worker killed with SIGKILL (another one is
started), a worker frozen for longer than its lease, which then has to end by itself, or a restart of Postgres.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import NoReturn

from mermaid_flow.engine._attempts import Elsewhere
from mermaid_flow.engine.distributed.database import Database, DatabaseLost
from mermaid_flow.engine.distributed.queues import HOME_WORKFLOW, HOMES, Order, enqueue, open_client
from mermaid_flow.engine.distributed.runs import DatabaseRun, find_in
from mermaid_flow.engine.executor import execute
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Answer, Policy, RetryPolicy, Visit
from mermaid_flow.engine.ports import Worker as AnyWorker
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.graph.model import FlowGraph, Node
from mermaid_flow.graph.sequence import SequenceTree
from mermaid_flow.handlers.calls import Result
from tests.engine.running import FakeWorker
from tests.engine.sequences import tree_of
from tests.engine.torture import GRAPH, Worker, effects_of, finished_visits, outcome_of
from tests.postgres import Server, private_server

LEASE = 2.0
WORKERS = 2
DEPOSED, NOT_BEGUN = 3, 4
OPTIONS = Options(parallel=4, poll=0.02, grace=1.0)


TREE = tree_of("""---
mflow: {parallel: {For each item: 3}}
---
sequenceDiagram
A->>B: begin
loop For each item
  A->>B: one
  loop 3 times
    A->>B: two
    alt first
      A->>B: three
    else
      A->>B: four
    end
  end
  critical
    A->>B: caught
  option any failure
    A->>B: mended
  end
end
A->>B: retried
par
  A->>B: left
and
  A->>B: broken
end
A->>B: never
""")


@dataclass
class Talker(FakeWorker):
    """Writes down every step of the sequence that it runs, where a kill cannot take it away."""

    effects: Path = Path()
    random: Random = field(default_factory=Random)

    def policy(self, node: Node) -> Policy:
        retry = RetryPolicy(attempts=3, delay=0.004, jitter=False) if node.label == "retried" else RetryPolicy()
        return Policy(retry)

    def execute(self, visit: Visit) -> Result:
        self._note(visit)
        visit.cancellation.wait(self.random.random() * 0.02)
        label = visit.node.label
        if label in {"caught", "broken"} or (label == "retried" and visit.attempt < 3):
            raise RuntimeError(label)
        return Result({"saw": len(visit.values), "item": visit.items.get("item")})

    def decide(self, visit: Visit) -> Answer:
        self._note(visit)
        step, lap = visit.node.id.partition("-")[0], visit.node.id.rpartition("-")[2]
        value = {"loop1": ["a", "b", "c"], "loop2": 3, "alt1": None, "critical1": None}[step]
        picked = (0,) if step == "critical1" or lap == "1" else (1,)
        return Answer(value, picked if value is None else (), ("picked",), "test")

    def _note(self, visit: Visit) -> None:
        with self.effects.open("a") as effects:
            effects.write(f"{visit.node.id} {visit.number}\n")


def _model(run: RunFolder) -> FlowGraph | SequenceTree:
    return TREE if run.metadata.diagram == TREE.name else GRAPH


def _worker(run: RunFolder, seed: int = 0) -> AnyWorker:
    kind = Talker if run.metadata.diagram == TREE.name else Worker
    return kind(effects=run.path / "effects", random=Random(seed))


@dataclass
class Torture:
    """A server, a database on it, and workers."""

    server: Server
    database: Database
    folder: Path
    random: Random
    workers: list[int] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    runs: int = 0

    def go_on(self, disturbances: list[str]) -> None:
        """Run after run until all disturbances have been inflicted."""
        models: list[FlowGraph | SequenceTree] = [GRAPH, TREE]
        expected = {model.name: outcome_of(self._embedded(model)) for model in models}
        self.workers = [self._start() for _ in range(WORKERS)]
        while disturbances:
            run = self._queue(models[self.runs % 2])
            while disturbances and not self._ends(run, self.random.random() * 1.5):
                finished, before = finished_visits(run), len(effects_of(run))
                getattr(self, disturbances.pop())()
                self._check_repeats(run, finished, before)
            finished, before = finished_visits(run), len(effects_of(run))
            if not self._ends(run, 120):
                self.problems.append(f"{run.id} does not end")
                return
            self._check_repeats(run, finished, before)
            self.runs += 1
            found = outcome_of(RunRecord.open(run))
            if found != expected[run.metadata.diagram]:
                self.problems.append(f"{run.id}: {found} instead of {expected[run.metadata.diagram]}")

    def close(self) -> None:
        for worker in self.workers:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)

    def kill(self) -> None:
        worker = self.workers.pop(self.random.randrange(len(self.workers)))
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        self.workers.append(self._start())
        self._count("kills")

    def freeze(self) -> None:
        """Stop a worker for longer than its lease. When it goes on and has been deposed, it ends by itself."""
        worker = self.workers.pop(self.random.randrange(len(self.workers)))
        os.kill(worker, signal.SIGSTOP)
        self.workers.append(self._start())
        threading.Event().wait(LEASE * 2.5)
        os.kill(worker, signal.SIGCONT)
        _, status = _reap(worker, 2 * LEASE)
        # It may have had no work to lose, or Postgres may have been away when it began.
        if os.waitstatus_to_exitcode(status) not in (DEPOSED, NOT_BEGUN, -signal.SIGKILL):
            self.problems.append(f"the frozen worker ended with {status}")
        self._count("freezes")

    def restart(self) -> None:
        self.server.restart()
        self._count("restarts")

    def _replace_ended(self) -> None:
        """Start a worker for each that gave up because Postgres was away or it was deposed, as its service would."""
        ended = [worker for worker in self.workers if os.waitpid(worker, os.WNOHANG)[0]]
        self.workers = [worker for worker in self.workers if worker not in ended]
        self.workers += [self._start() for _ in ended]

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1

    def _check_repeats(self, run: DatabaseRun, finished: set[str], before: int) -> None:
        again = finished & set(effects_of(run)[before:])
        self.problems += [f"{run.id}: {visit} ran again after it had succeeded" for visit in sorted(again)]

    def _ends(self, run: DatabaseRun, seconds: float) -> bool:
        pause = threading.Event()
        for _ in range(max(1, round(seconds / 0.05))):
            if not _locked(run):
                return True
            self._replace_ended()
            pause.wait(0.05)
        return False

    def _embedded(self, model: FlowGraph | SequenceTree) -> RunRecord:
        folder = RunFolder.create(self.folder / "embedded", model.diagram.source, diagram=model.name, graph=model)
        execute(model, folder, _worker(folder), options=OPTIONS)
        return RunRecord.open(folder)

    def _queue(self, model: FlowGraph | SequenceTree) -> DatabaseRun:
        run = DatabaseRun.create_in(self.database, self.folder, model.diagram.source, diagram=model.name, graph=model)
        run.path.mkdir(parents=True)
        with self.database.session() as connection:
            connection.execute("UPDATE mflow.runs SET home = %s WHERE id = %s", [run.id, run.id])
        client = open_client(self.database)
        enqueue(client, HOMES, HOME_WORKFLOW, run.id, {"run": run.id, "home": run.id, "options": asdict(OPTIONS)})
        client.destroy()
        return run

    def _start(self) -> int:
        worker = os.fork()
        if not worker:
            _work(self.database, self.folder)
        return worker


def _work(database: Database, folder: Path) -> NoReturn:
    """Be a worker until the end."""
    code = NOT_BEGUN
    try:
        from mermaid_flow.engine.distributed.lease import LeaseLost
        from mermaid_flow.engine.distributed.service import Service
        from mermaid_flow.engine.distributed.visits import Workshop

        def workshop(order: Order) -> Workshop:
            run = find_in(database, folder, order["run"])
            return Workshop(run, _model(run), _worker(run, os.getpid()))

        def carry_out(order: Order, elsewhere: Elsewhere) -> None:
            run = find_in(database, folder, order["run"])
            held = DatabaseRun(run.path, run.metadata, database=database, lease=LEASE)
            execute(_model(run), held, _worker(run, os.getpid()), options=OPTIONS, elsewhere=elsewhere)

        service = Service(
            database, workshop, carry_out, project=folder, state=folder / ".mflow", poll=0.02, lease=LEASE
        )
        service.start()
        code = 1
        try:
            service.wait()
        except LeaseLost:
            os._exit(DEPOSED)
    except BaseException as error:
        print(f"worker: {type(error).__name__}: {error}", file=sys.stderr)
    os._exit(code)


def _reap(worker: int, seconds: float) -> tuple[int, int]:
    handle = os.pidfd_open(worker)
    try:
        if not select.select([handle], [], [], seconds)[0]:
            os.kill(worker, signal.SIGKILL)
    finally:
        os.close(handle)
    return os.waitpid(worker, 0)


def _locked(run: DatabaseRun) -> bool:
    try:
        return run.is_locked()
    except DatabaseLost:
        return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--freezes", type=int, default=0)
    parser.add_argument("--restarts", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    disturbances = ["kill"] * asked.kills + ["freeze"] * asked.freezes + ["restart"] * asked.restarts
    random = Random(asked.seed)
    random.shuffle(disturbances)
    with private_server() as server, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        database = Database(server.create("torture"))
        database.prepare()
        torture = Torture(server, database, Path(place), random)
        try:
            torture.go_on(disturbances)
        finally:
            torture.close()
    print(f"{torture.done}, {torture.runs} runs to their end: {len(torture.problems)} problems")
    print(*torture.problems, sep="\n", end="\n" if torture.problems else "")
    return 1 if torture.problems else 0


if __name__ == "__main__":
    sys.exit(main())
