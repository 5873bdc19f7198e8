"""What the engine itself costs: no-op nodes with the durable journal, beside other engines on the same graphs.

Usage: python benchmarks/engine.py [--write] [--peers FOLDER] [--largest 100000]

`--peers` keeps the environment that the other engines are installed in; without it, it is made and thrown away. A peer
that cannot be installed or run is skipped with the reason. `--write` puts the tables into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
import time
import tracemalloc
import venv
from collections.abc import Callable, Mapping
from pathlib import Path

from mermaid_flow.engine.events import Event, RunStatus
from mermaid_flow.engine.executor import execute
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.ports import Answer, Policy, Visit
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.graph import build
from mermaid_flow.graph.model import FlowGraph, Node
from mermaid_flow.handlers.calls import Result
from mermaid_flow.handlers.context import Cancellation
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.source import Source

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- engine:begin -->", "<!-- engine:end -->"
SHAPES = ("line", "wide")
COUNT = 1000
ROUNDS = 3
TARGET = 0.95
"""Milliseconds a node: what SpiffWorkflow, the fastest peer in a line, was measured at without durability."""
PEERS = {
    "spiff": ("SpiffWorkflow 3.2, in memory, wide without the join", ["SpiffWorkflow>=3.2,<3.3"]),
    "langgraph": ("langgraph 1.2, SQLite", ["langgraph>=1.2,<1.3", "langgraph-checkpoint-sqlite>=3,<4"]),
    "burr": ("burr 0.43, SQLite", ["apache-burr>=0.43,<0.44"]),
}


class NoOp:
    """A worker whose nodes do nothing."""

    def policy(self, _: Node) -> Policy:
        return POLICY

    def handles(self, _: Node) -> bool:
        return False

    def inputs_digest(self, _: Node) -> str:
        return "no-op"

    def execute(self, _: Visit) -> Result:
        return RESULT

    def decide(self, visit: Visit) -> Answer:
        raise AssertionError(visit)

    def settle(self, nodes: frozenset[str], emit: Callable[[Event], None], cancellation: Cancellation) -> None:
        """Nothing was declared."""


POLICY = Policy()
RESULT = Result()


def graph_of(shape: str, count: int) -> FlowGraph:
    """`count` nodes one after the other, or side by side between a start and an end."""
    if shape == "line":
        lines = [f"n{number} --> n{number + 1}" for number in range(count - 1)]
    else:
        lines = [f"start --> n{number} --> finish" for number in range(count)]
    diagram = parse(Source("flowchart TD\n" + "\n".join(lines)))
    assert isinstance(diagram, Flowchart)
    return build(diagram, shape)


def mflow(shape: str, count: int) -> tuple[float, float]:
    """Seconds to run, and to read the record."""
    graph = graph_of(shape, count)
    with tempfile.TemporaryDirectory() as place:
        began = time.perf_counter()
        folder = run(graph, Path(place))
        seconds = time.perf_counter() - began
        began = time.perf_counter()
        assert RunRecord.open(folder).status is RunStatus.SUCCEEDED
        return seconds, time.perf_counter() - began


def memory(shape: str, count: int) -> tuple[float]:
    """Bytes that a run holds at its peak, beyond its graph. Counting them makes it several times slower."""
    graph = graph_of(shape, count)
    with tempfile.TemporaryDirectory() as place:
        tracemalloc.start()
        run(graph, Path(place))
        return (tracemalloc.get_traced_memory()[1],)


def run(graph: FlowGraph, place: Path) -> RunFolder:
    """Run the graph in a new run folder."""
    folder = RunFolder.create(place, graph.diagram.source, diagram=graph.name, graph=graph)
    status = execute(graph, folder, NoOp())
    assert status is RunStatus.SUCCEEDED
    return folder


def measured(arguments: list[str]) -> tuple[list[float], str]:
    """The numbers that a process prints, or none and why."""
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return [], (done.stderr.strip().splitlines() or ["it failed"])[-1]
    return [float(number) for number in done.stdout.split()], ""


def own(what: str, shape: str, count: int) -> list[float]:
    """`time` or `memory` of a run, measured in a process of its own."""
    numbers, problem = measured([sys.executable, __file__, "--measure", what, shape, str(count)])
    if problem:
        raise SystemExit(f"{shape} of {count} nodes: {problem}")
    return numbers


def prepared(place: Path) -> tuple[Path, Mapping[str, str]]:
    """An environment with the other engines, and why some are missing."""
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
    problems = {}
    for peer, (_, packages) in PEERS.items():
        done = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *packages], capture_output=True, text=True, check=False
        )
        if done.returncode:
            problems[peer] = (done.stderr.strip().splitlines() or ["it cannot be installed"])[-1]
    return python, problems


def compare(place: Path) -> tuple[list[str], bool]:
    """The table of `COUNT` nodes and whether the target is met: everybody in turn, and the best of several times."""
    python, problems = prepared(place)
    script = [str(python), str(ROOT / "benchmarks" / "engine_peers.py")]
    found: dict[tuple[str, str], list[float]] = {}
    notes = {(peer, shape): problem for peer, problem in problems.items() for shape in SHAPES}
    for _ in range(ROUNDS):
        for shape in SHAPES:
            found.setdefault(("mflow", shape), []).append(own("time", shape, COUNT)[0])
            for peer in PEERS:
                if (peer, shape) not in notes:
                    numbers, problem = measured([*script, peer, shape, str(COUNT)])
                    found.setdefault((peer, shape), []).extend(numbers)
                    if problem:
                        notes[peer, shape] = problem
    each = {key: min(seconds) / COUNT * 1000 for key, seconds in found.items() if seconds}
    rows = ["| engine | line, ms a node | wide, ms a node |", "|---|---:|---:|"]
    for engine, name in [("mflow", "**mflow, journal on disk**"), *((peer, PEERS[peer][0]) for peer in PEERS)]:
        cells = [f"{each[engine, shape]:.2f}" if (engine, shape) in each else "–" for shape in SHAPES]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    told = [f"{PEERS[peer][0]}, {shape}: {problem}." for (peer, shape), problem in notes.items()]
    met = all(
        each["mflow", shape] < min(TARGET, *(each.get((peer, shape), TARGET) for peer in PEERS)) for shape in SHAPES
    )
    return [*rows, *([""] if told else []), *told], met


def grow(largest: int) -> list[str]:
    """The table of growing graphs: time and memory a node stay what they are."""
    rows = ["| nodes | shape | ms a node | KiB a node | reading the record, s |", "|---:|---|---:|---:|---:|"]
    for count in (1000, 10_000, 100_000):
        for shape in SHAPES:
            if count <= largest:
                seconds, reading = own("time", shape, count)
                (held,) = own("memory", shape, count)
                each = f"{seconds / count * 1000:.2f} | {held / count / 1024:.1f}"
                rows.append(f"| {count:,} | {shape} | {each} | {reading:.1f} |")
    return rows


def write(lines: list[str]) -> None:
    """Replace what is between the markers of the page."""
    text = PAGE.read_text() if PAGE.exists() else f"# Benchmarks\n\n## The engine\n\n{BEGIN}\n{END}\n"
    if BEGIN not in text:
        text += f"\n## The engine\n\n{BEGIN}\n{END}\n"
    head, _, rest = text.partition(BEGIN)
    PAGE.write_text(head + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.partition(END)[2])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--largest", type=int, default=100_000)
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        what, shape, count = arguments.measure
        print(*(mflow if what == "time" else memory)(shape, int(count)))
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        table, met = compare(arguments.peers or Path(temporary))
    lines = [
        f"{COUNT:,} nodes that do nothing, one after the other (line) and side by side (wide), on Python "
        f"{platform.python_version()}. mflow writes every start and end to the disk (`fdatasync`) before it goes on.",
        "",
        *table,
        "",
        "Growing graphs. Memory is what the run holds at its peak beyond the graph (tracemalloc).",
        "",
        *grow(arguments.largest),
    ]
    print(*lines, sep="\n")
    if arguments.write:
        write(lines)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
