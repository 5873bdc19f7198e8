"""A worker in this process for runs that a test describes: no project, no Terraform, the queues and the record real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mermaid_flow.engine._attempts import Elsewhere
from mermaid_flow.engine.distributed.database import Database
from mermaid_flow.engine.distributed.lease import LeaseLost
from mermaid_flow.engine.distributed.queues import HOME_WORKFLOW, HOMES, Order, enqueue
from mermaid_flow.engine.distributed.runs import DatabaseRun, find_in
from mermaid_flow.engine.distributed.service import Service
from mermaid_flow.engine.distributed.visits import Workshop
from mermaid_flow.engine.events import Event
from mermaid_flow.engine.executor import execute
from mermaid_flow.engine.follow import follow
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.graph.sequence import SequenceTree
from tests.engine.running import QUICK, FakeWorker, graph_of
from tests.engine.sequence_running import Worker as SequenceWorker
from tests.postgres import end_dbos


@dataclass
class Play:
    """A run for the cluster. `at_home` does the work of visits that are handed home, as in a process of its own."""

    run: DatabaseRun
    graph: FlowGraph | SequenceTree
    worker: FakeWorker | SequenceWorker
    at_home: FakeWorker | SequenceWorker
    hidden: tuple[str, ...] = ()

    def record(self) -> RunRecord:
        return RunRecord.open(self.run)

    def events(self) -> list[Event]:
        with self.run.journal() as journal:
            return list(journal.read())


@dataclass
class Cluster:
    """One worker, and the runs that it knows."""

    database: Database
    folder: Path
    plays: dict[str, Play] = field(default_factory=dict)
    service: Service | None = None

    def lay(self, graph: FlowGraph | SequenceTree | str, worker: FakeWorker | SequenceWorker, **more: object) -> Play:
        """Lay a run down without queuing it."""
        graph = graph_of(graph) if isinstance(graph, str) else graph
        run = DatabaseRun.create_in(
            self.database, self.folder / "runs", graph.diagram.source, diagram=graph.name, graph=graph
        )
        at_home: FakeWorker | SequenceWorker = SequenceWorker()
        if isinstance(worker, FakeWorker) and isinstance(graph, FlowGraph):
            worker.graph = graph
            at_home = FakeWorker(graph=graph)
        play = Play(run, graph, worker, at_home, **more)  # type: ignore[arg-type]  # tests pass what fits
        self.plays[run.id] = play
        return play

    def queue(self, play: Play, options: Options = QUICK, *, start_from: str | None = None, home: str = "") -> None:
        """Have the worker carry the run out."""
        assert self.service is not None
        home = home or play.run.id
        with self.database.session() as connection:
            connection.execute("UPDATE mflow.runs SET home = %s WHERE id = %s", [home, play.run.id])
        order = {"run": play.run.id, "home": home, "options": asdict(options), "from": start_from}
        enqueue(self.service.client, HOMES, HOME_WORKFLOW, home, order)

    def run(
        self,
        graph: FlowGraph | SequenceTree | str,
        worker: FakeWorker | SequenceWorker,
        options: Options = QUICK,
        **more: object,
    ) -> Play:
        """Run a diagram to its end."""
        play = self.lay(graph, worker, **more)
        self.queue(play, options)
        self.wait(play)
        return play

    def wait(self, play: Play) -> None:
        """Until nobody works on the run any more."""
        for _ in follow(play.run):
            pass

    def workshop(self, order: Order) -> Workshop:
        play = self.plays[order["run"]]
        return Workshop(play.run, play.graph, play.worker, play.hidden, grace=0.2)

    def carry_out(self, order: Order, elsewhere: Elsewhere) -> None:
        play = self.plays[order["run"]]
        execute(
            play.graph,
            find_in(self.database, self.folder / "runs", order["run"]),
            play.at_home if play.at_home.actions else play.worker,
            options=Options(**order["options"]),
            start_from=order["from"],
            elsewhere=elsewhere,
            hidden=play.hidden,
        )


@contextmanager
def serving(database: Database, folder: Path, *, lease: float = 5.0) -> Iterator[Cluster]:
    """A cluster whose worker works in this process."""
    cluster = Cluster(database, folder)
    cluster.service = Service(
        database,
        cluster.workshop,
        cluster.carry_out,
        project=folder,
        state=folder / ".mflow",
        poll=0.01,
        lease=lease,
    )
    cluster.service.start()
    try:
        yield cluster
    finally:
        cluster.service.stop()
        with suppress(LeaseLost):
            cluster.service.wait()
        end_dbos()


def end_all_sessions(database: Database) -> None:
    """What a restart of the server does to those who are connected."""
    with database.session() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
