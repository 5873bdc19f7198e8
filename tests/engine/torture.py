"""Kills runs at random moments and resumes them: nothing that finished runs twice, and the result is right.

    python -m tests.engine.torture --kills 200

A run has 58 nodes with forks, joins, a loop, retries, a caught and an uncaught failure. Each process that works on it
is killed with SIGKILL after a random time until the run comes to its end; then the next run begins.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from mermaid_flow.engine.events import NodeStatus
from mermaid_flow.engine.executor import execute
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Answer, Policy, RetryPolicy, Visit
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.graph.model import Node
from mermaid_flow.handlers.calls import Result
from tests.engine.running import FakeWorker, graph_of, new_folder, statuses

BRANCHES, LENGTH, LAPS = 8, 5, 3


def drawing() -> str:
    lines = [f"S --> B{b}N0" for b in range(BRANCHES)]
    lines += [f"B{b}N{n} --> B{b}N{n + 1}" for b in range(BRANCHES) for n in range(LENGTH - 1)]
    lines += [f"B{b}N{LENGTH - 1} --> J" for b in range(BRANCHES)]
    lines += ["J --> L1 --> L2 --> Q{Again?}", "Q -->|again| L1", "Q -->|done| D{Which?}"]
    lines += ["D -->|left| X1 --> X2 --> E", "D -->|right| Y1 --> E"]
    lines += ["J --> Caught -->|on error| Cleanup --> E", "J --> Retried --> R2 --> E"]
    lines += ["J --> Broken --> Blocked", "E --> E2"]
    return "\n".join(lines)


GRAPH = graph_of(drawing(), "torture")
OPTIONS = Options(parallel=4, poll=0.02)


@dataclass
class Worker(FakeWorker):
    """Writes down every visit that it runs, where a kill cannot take it away."""

    effects: Path = Path()
    random: Random = field(default_factory=Random)

    def policy(self, node: Node) -> Policy:
        if node.id == "Retried":
            return Policy(RetryPolicy(attempts=3, delay=0.004, jitter=False))
        return Policy(on_interrupted="reconcile" if node.order % 2 else "rerun")

    def execute(self, visit: Visit) -> Result:
        self._note(visit)
        visit.cancellation.wait(self.random.random() * 0.004)
        node = visit.node.id
        if node in {"Caught", "Broken"} or (node == "Retried" and visit.attempt < 3):
            raise RuntimeError(node)
        before = sum(int(str(values.get("sum", 0))) for values in visit.values.values())
        return Result({"sum": before % 1_000_003 + visit.node.order + visit.number})

    def decide(self, visit: Visit) -> Answer:
        self._note(visit)
        if visit.node.id == "Q":
            label = "again" if visit.number < LAPS else "done"
        else:
            label = "left" if int(str(visit.values["L2"]["sum"])) % 2 else "right"
        edges = tuple(edge.index for edge in GRAPH.outgoing[visit.node.id] if edge.label == label)
        return Answer(label, edges, (label,), "test")

    def _note(self, visit: Visit) -> None:
        file = os.open(self.effects, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, f"{visit.node.id} {visit.number}\n".encode())
        os.close(file)


@dataclass
class Report:
    kills: int = 0
    runs: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        found = f"{len(self.problems)} problems" if self.problems else "no problem"
        return f"{self.kills} kills, {self.runs} runs to their end: {found}"


def torture(place: Path, kills: int, seed: int) -> Report:
    """Kill `kills` processes, then let the last run come to its end."""
    random = Random(seed)
    report = Report()
    undisturbed = new_folder(place, GRAPH)
    _work_and_die(undisturbed, random, patience=None)
    reference = RunRecord.open(undisturbed)
    expected = outcome_of(reference)
    while report.kills < kills:
        folder = new_folder(place, GRAPH)
        killed = True
        while killed:
            done, before = finished_visits(folder), len(effects_of(folder))
            patience = random.random() * reference.seconds if report.kills < kills else None
            killed = _work_and_die(folder, random, patience)
            again = done & set(effects_of(folder)[before:])
            report.problems += [f"{visit} ran again after it had succeeded" for visit in sorted(again)]
            report.kills += killed
        report.runs += 1
        found = outcome_of(RunRecord.open(folder))
        if found != expected:
            report.problems.append(f"{folder.path}: {found} instead of {expected}")
    return report


def _work_and_die(folder: RunFolder, random: Random, patience: float | None) -> bool:
    """Work on the run in a process of its own and kill it after so many seconds; False when it was done before."""
    seed = random.random()
    child = os.fork()
    if child == 0:
        try:
            worker = Worker(effects=folder.path / "effects", random=Random(seed))
            execute(GRAPH, folder, worker, options=OPTIONS)
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            os._exit(1)
    handle = os.pidfd_open(child)
    if not select.select([handle], [], [], patience)[0]:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    os.close(handle)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise AssertionError("the engine broke off")
    return os.WIFSIGNALED(status)


def finished_visits(folder: RunFolder) -> set[str]:
    visits = RunRecord.open(folder).visits
    return {f"{visit.node} {visit.number}" for visit in visits if visit.status is NodeStatus.SUCCEEDED}


def effects_of(folder: RunFolder) -> list[str]:
    file = folder.path / "effects"
    return file.read_text().splitlines() if file.exists() else []


def outcome_of(record: RunRecord) -> tuple[object, ...]:
    return (record.status, statuses(record), dict(record.edges), dict(record.laps), dict(record.values))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        report = torture(Path(place), arguments.kills, arguments.seed)
    print(report)
    print(*report.problems, sep="\n", end="\n" if report.problems else "")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
