"""The closing measurement: `python -m tests.engine.check_random_graphs --count 100000`.

Each random graph is run in a random order with random fates of its nodes, and must end as the reference says.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from random import Random

from mermaid_flow.engine.events import RunStatus
from tests.engine.driving import Drive, folded
from tests.engine.random_graphs import ALL_FEATURES, Script, Sketch, random_graph
from tests.engine.reference import Reference


def compare(seed: int, features: tuple[str, ...] = ALL_FEATURES, failing: float = 0.12) -> tuple[Drive, Sketch]:
    """Run the seed's graph both ways. Raises AssertionError, with the drawing, when they differ."""
    random = Random(seed)
    sketch, graph = random_graph(random, features)  # type: ignore[arg-type]
    script = Script(graph, seed, failing if random.random() < 0.7 else 0.0)
    drive = Drive(graph, script, random)
    try:
        status = drive.run()
        reference = Reference(graph, script, drive.completed())
        expected = reference.run()
        found = drive.scheduler.snapshot()
        for node in reference.nodes:
            assert found.nodes[node] is reference.status(node), (
                f"{node}: {found.nodes[node]}, not {reference.status(node)}"
            )
        for edge in reference.edges:
            wanted = reference.edge(edge)
            there = found.edges[edge.index]
            assert there is wanted, f"{edge.source} {edge.label} {edge.target}: {there}, not {wanted}"
        assert found.visits == reference.visits
        assert found.laps == reference.laps
        assert set(drive.executed) == reference.ran
        assert status is expected
        _check_rollback_order(drive)
        assert folded(graph, drive.journal).snapshot() == found
    except Exception as error:
        raise AssertionError(f"seed {seed}: {error}\n{sketch.text()}") from error
    return drive, sketch


def _check_rollback_order(drive: Drive) -> None:
    """Nodes that undo one node each start in the reverse of the order in which those nodes last ended."""
    undone: dict[str, list[str]] = {}
    for edge in drive.graph.edges:
        if edge.catch == "rollback":
            undone.setdefault(edge.target, []).append(edge.source)
    ended = {node: position for position, node in enumerate(drive.completed())}
    started = [undone[node][0] for node, _ in drive.executed if len(undone.get(node, ())) == 1]
    order = [ended[node] for node in started]
    assert order == sorted(order, reverse=True), f"rolled back in the order {started}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    arguments = parser.parse_args()
    began = time.perf_counter()
    seen: Counter[str] = Counter()
    for seed in range(arguments.first, arguments.first + arguments.count):
        drive, _ = compare(seed)
        seen["nodes"] += len(drive.graph.nodes)
        seen["visits that ran"] += len(drive.executed)
        seen["events"] += len(drive.journal)
        seen["graphs with loops"] += bool(drive.graph.loops)
        seen["graphs with a second lap"] += any(lap > 1 for lap in drive.scheduler.snapshot().laps.values())
        seen["graphs with nested loops"] += any(a.body < b.body for a in drive.graph.loops for b in drive.graph.loops)
        seen["graphs with stages"] += drive.graph.barriers and any(s.nodes for s in drive.graph.stages.values())
        seen["graphs with catch edges"] += any(edge.catch not in (None, "rollback") for edge in drive.graph.edges)
        seen["graphs with rollback"] += any(edge.catch == "rollback" for edge in drive.graph.edges)
        seen["graphs with weak edges"] += any(edge.kind == "weak" for edge in drive.graph.edges)
        seen["failed runs"] += drive.scheduler.status is RunStatus.FAILED
    print(
        f"{arguments.count} graphs in {time.perf_counter() - began:.0f} s: "
        "no deadlock, no visit twice, everything as the reference has it"
    )
    for what, count in seen.items():
        print(f"{count:>10,} {what}")


if __name__ == "__main__":
    main()
