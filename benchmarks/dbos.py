"""What a distributed run costs over bare DBOS: the same graph, each node a queued child workflow, side by side.

Usage: python benchmarks/dbos.py [--nodes 300] [--rounds 3] [--write]. Each measurement is a process of its own with a
database of its own on one private Postgres server (fsync on); both sides poll equally often and take turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Not the folder of this file: it would be imported as `dbos`.
sys.path[0] = str(ROOT)
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- dbos:begin -->", "<!-- dbos:end -->"
POLL = 0.02
AT_ONCE = 32
ALLOWED = 1.2


def bare(url: str, shape: str, count: int) -> float:
    """DBOS alone: a workflow that queues a child workflow per node and waits for it."""
    from dbos import DBOS, DBOSPortableJSONSerializer, SetWorkflowID

    @DBOS.workflow()
    def child(_: int) -> dict[str, object]:
        return {"values": {}}

    def queued(number: int) -> object:
        with SetWorkflowID(f"run:n{number}:1"):
            return DBOS.enqueue_workflow("bench", child, number)

    @DBOS.workflow()
    def parent() -> None:
        if shape == "line":
            for number in range(count):
                queued(number).get_result(polling_interval_sec=POLL)
            return
        waiting = [queued(number) for number in range(min(AT_ONCE, count))]
        begun = len(waiting)
        while waiting:
            ended = DBOS.wait_first(waiting, polling_interval_sec=POLL)
            ended.get_result()
            waiting.remove(ended)
            if begun < count:
                waiting.append(queued(begun))
                begun += 1

    config = {"name": "bench", "system_database_url": "postgresql" + url.removeprefix("postgres")}
    DBOS(config={**config, "serializer": DBOSPortableJSONSerializer(), "log_level": "ERROR"})
    DBOS.launch()
    DBOS.register_queue("bench", worker_concurrency=AT_ONCE, polling_interval_sec=POLL)
    threading.Event().wait(1.5)  # until its queue thread has found the queue
    began = time.perf_counter()
    DBOS.start_workflow(parent).get_result(polling_interval_sec=POLL)
    return time.perf_counter() - began


def mflow(url: str, shape: str, count: int) -> float:
    """The same graph as a run, at home in the one worker there is."""
    from mermaid_flow.engine.distributed.database import Database
    from mermaid_flow.engine.distributed.queues import HOME_WORKFLOW, HOMES, enqueue
    from mermaid_flow.engine.distributed.runs import DatabaseRun, find_in
    from mermaid_flow.engine.distributed.service import Service
    from mermaid_flow.engine.distributed.visits import Workshop
    from mermaid_flow.engine.events import RunStatus
    from mermaid_flow.engine.executor import execute
    from mermaid_flow.engine.options import Options
    from mermaid_flow.engine.record import RunRecord
    from tests.engine.running import FakeWorker, graph_of

    names = [f"n{number}" for number in range(count)]
    graph = graph_of(" --> ".join(names) if shape == "line" else "\n".join(names))
    database, folder = Database(url), Path(tempfile.mkdtemp())
    worker, ended = FakeWorker(graph=graph), threading.Event()
    options = Options(parallel=AT_ONCE, poll=POLL)

    def carry_out(_: object, elsewhere: object) -> None:
        execute(graph, find_in(database, folder), worker, options=options, elsewhere=elsewhere)
        ended.set()

    service = Service(
        database,
        lambda _: Workshop(find_in(database, folder), graph, worker),
        carry_out,
        project=folder,
        state=folder,
        concurrency=AT_ONCE,
        poll=POLL,
    )
    service.start()
    threading.Event().wait(1.5)
    run = DatabaseRun.create_in(database, folder, graph.diagram.source, diagram="bench", graph=graph)
    began = time.perf_counter()
    order = {"run": run.id, "home": run.id, "options": asdict(options)}
    enqueue(service.client, HOMES, HOME_WORKFLOW, run.id, order)
    ended.wait()
    seconds = time.perf_counter() - began
    assert RunRecord.open(run).status in (RunStatus.SUCCEEDED, RunStatus.INTERRUPTED)
    assert len(worker.ran) == count
    return seconds


def measure(url: str, side: str, shape: str, count: int) -> float:
    command = [sys.executable, __file__, "--side", side, "--shape", shape, "--nodes", str(count), "--url", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{side} {shape} failed:\n{done.stdout}\n{done.stderr}")
    return float(json.loads(done.stdout.splitlines()[-1]))


def compare(count: int, rounds: int) -> list[str]:
    from tests.postgres import private_server

    lines = [
        f"{count} nodes that do nothing, one after the other (line) and {AT_ONCE} at once (wide), each a queued child "
        f"workflow; one worker, Postgres with fsync, polling every {POLL * 1000:g} ms. Median of {rounds} rounds.",
        "",
        "| graph | bare DBOS, ms a node | mflow on DBOS, ms a node | mflow / bare |",
        "|---|---:|---:|---:|",
    ]
    with private_server() as server:
        for shape in ("line", "wide"):
            found: dict[str, list[float]] = {"bare": [], "mflow": []}
            for number in range(rounds):
                for side, seconds in found.items():
                    url = server.create(f"{side}-{shape}-{number}")
                    seconds.append(measure(url, side, shape, count) / count * 1000)
            bare_, mflow_ = statistics.median(found["bare"]), statistics.median(found["mflow"])
            note = "" if mflow_ <= ALLOWED * bare_ else " (over the limit of 1.2)"
            lines.append(f"| {shape} | {bare_:.1f} | {mflow_:.1f} | {mflow_ / bare_:.2f}{note} |")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--side", choices=("bare", "mflow"), help=argparse.SUPPRESS)
    parser.add_argument("--shape", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        import os

        print((bare if asked.side == "bare" else mflow)(asked.url, asked.shape, asked.nodes), flush=True)
        os._exit(0)
    lines = compare(asked.nodes, asked.rounds)
    print("\n".join(lines))
    if asked.write:
        text = PAGE.read_text(encoding="utf-8")
        head, _, rest = text.partition(BEGIN)
        _, _, tail = rest.partition(END)
        PAGE.write_text(f"{head}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{tail}", encoding="utf-8")
    return 1 if any("over the limit" in line for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
