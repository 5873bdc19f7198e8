"""How close the run of a whole graph of components comes to the ideal schedule of its Terraform commands.

The dependency graph, or a whole environment by the onboarding diagram, is deployed to an emulated AWS from nothing.
Every Terraform command is measured, those of sub-workflows for the node that runs them. The ideal takes the same
commands, starts each node as soon as the nodes before it are done (where the diagram asks for stages: the stages before
it), as many at once as the run had, and spends no time on anything else.
Usage: python benchmarks/schedule.py [--diagram dependencies|onboarding] [--parallel 8] [--write]
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mermaid_flow.engine.options import Options  # noqa: E402
from mermaid_flow.engine.record import RunRecord  # noqa: E402
from mermaid_flow.graph.model import Edge, FlowGraph  # noqa: E402
from mermaid_flow.session.prepare import Prepared, Request, check, prepare  # noqa: E402
from mermaid_flow.session.project import find_project  # noqa: E402
from mermaid_flow.session.run import start  # noqa: E402
from mermaid_flow.session.worker import SessionWorker  # noqa: E402
from mermaid_flow.terraform.deployment import Deployment  # noqa: E402
from mermaid_flow.terraform.local_cloud import LocalCloud  # noqa: E402
from mermaid_flow.terraform.process import TerraformProcess  # noqa: E402
from mermaid_flow.terraform.targets import LocalTarget  # noqa: E402

VARS = {"dependencies": "vars/dependencies/development.yaml", "onboarding": "vars/onboarding/dev.yaml"}
SETS = {"dependencies": (), "onboarding": ("enable_load_balancer=true",)}
"""What makes the deployment a full one."""
ALLOWED = 1.15


@dataclass(frozen=True, slots=True)
class Command:
    """One Terraform command that was run for a node; times in seconds of the same clock."""

    node: str
    component: str
    name: str
    began: float
    ended: float


class Stopwatch:
    """Measures every Terraform command of this process and says for which node of the outermost diagram it was."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self._working = threading.local()
        self._deployments: dict[int, tuple[str, str]] = {}
        """By process: the component, and the node that it works for when it is a sub-workflow's."""

    def install(self) -> None:
        """Wrap what starts Terraform. For the life of this process."""
        create, execute = Deployment.__init__, SessionWorker.execute

        def created(deployment: Deployment, name: str, folder: Path, settings: Any, *further: Any) -> None:
            create(deployment, name, folder, settings, *further)
            self._deployments[id(deployment._process)] = name, settings.node

        def executed(worker: SessionWorker, visit: Any) -> Any:
            self._working.node = visit.node.id
            return execute(worker, visit)

        Deployment.__init__ = created  # type: ignore[method-assign]  # a benchmark may reach into what it measures
        SessionWorker.execute = executed  # type: ignore[method-assign]
        for method in ("stream", "capture"):
            setattr(TerraformProcess, method, self._timed(getattr(TerraformProcess, method)))

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(process: TerraformProcess, arguments: Sequence[str], *further: Any) -> Any:
            began = time.perf_counter()
            try:
                return method(process, arguments, *further)
            finally:
                component, node = self._deployments[id(process)]
                node = node or getattr(self._working, "node", "")
                self.commands.append(Command(node, component, arguments[0], began, time.perf_counter()))

        return timed


def busy(commands: Iterable[Command]) -> float:
    """How long at least one of the commands was running: those of a sub-workflow may run side by side."""
    seconds, until = 0.0, float("-inf")
    for command in sorted(commands, key=lambda command: command.began):
        seconds += max(0.0, command.ended - max(command.began, until))
        until = max(until, command.ended)
    return seconds


def before(graph: FlowGraph, edge: Edge) -> frozenset[str]:
    """The nodes that have to be done for the edge: its source and, with stages, all of those that it leaves."""
    left = graph.nodes[edge.source].stages if graph.barriers else ()
    return frozenset({edge.source}).union(
        *(graph.stages[stage].nodes for stage in left if edge.target not in graph.stages[stage].nodes)
    )


def ideal(graph: FlowGraph, seconds: Mapping[str, float], parallel: int) -> float:
    """The length of the list schedule: whenever there is room, the first node in source order that is ready starts."""
    ended: dict[str, float] = {}
    running: dict[str, float] = {}
    now = 0.0
    while len(ended) < len(graph.nodes):
        for node in graph.nodes:
            ready = all(source in ended for edge in graph.incoming[node] for source in before(graph, edge))
            if ready and node not in ended and node not in running and len(running) < parallel:
                running[node] = now + seconds.get(node, 0.0)
        now = min(running.values())
        for node in [node for node, end in running.items() if end <= now]:
            ended[node] = running.pop(node)
    return max(ended.values())


def deploy(diagram: str, folder: Path, parallel: int) -> tuple[Prepared, RunRecord, float]:
    """One run from nothing, on an emulated AWS of its own that is up already; and its wall time."""
    cloud = LocalCloud(folder / "cloud", cache=folder / "cache", parent=os.getpid(), idle_exit=1800, keep=False)
    cloud.start()
    try:
        project = replace(find_project(ROOT), folder=folder / "project")
        prepared = prepare(project, Request(diagram, (str(ROOT / VARS[diagram]),), SETS[diagram]))
        check(prepared)
        target = LocalTarget(project.folder, region=prepared.target.region, account="210000000029", cloud=cloud)
        target.ensure()
        run = start(replace(prepared, target=target), options=Options(parallel=parallel))
        began = time.perf_counter()
        status = run.carry_out()
        wall = time.perf_counter() - began
        record = RunRecord.open(run.folder)
        if status != "succeeded":
            sys.exit("\n".join(f"{visit.node}: {visit.error}" for visit in record.visits if visit.error))
        return prepared, record, wall
    finally:
        cloud.stop()


def table(graph: FlowGraph, record: RunRecord, commands: Sequence[Command]) -> str:
    """Where the time went, node by node in the order in which they began, in seconds."""
    visits = sorted((visit for visit in record.visits if visit.started), key=lambda visit: visit.started or 0)
    first = visits[0].started or 0
    rows = ["| node | begins at | takes | `apply` | other commands | rest |", "|---|---|---|---|---|---|"]
    for visit in visits:
        own = [command for command in commands if command.node == visit.node]
        takes, all_of_them = visit.seconds or 0, busy(own)
        applying = busy(command for command in own if command.name == "apply")
        figures = ((visit.started or 0) - first, takes, applying, all_of_them - applying, takes - all_of_them)
        rows.append(f"| {graph.nodes[visit.node].label} | {' | '.join(f'{figure:.1f}' for figure in figures)} |")
    return "\n".join(rows)


def write(diagram: str, text: str) -> None:
    """Put the figures into docs/benchmarks.md."""
    begin, end = f"<!-- schedule-{diagram}:begin -->", f"<!-- schedule-{diagram}:end -->"
    page = ROOT / "docs" / "benchmarks.md"
    found = page.read_text(encoding="utf-8")
    page.write_text(
        re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{text}\n{end}", found, flags=re.DOTALL), encoding="utf-8"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--diagram", choices=sorted(VARS), default="dependencies")
    parser.add_argument("--parallel", type=int, default=8)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    stopwatch = Stopwatch()
    stopwatch.install()
    with tempfile.TemporaryDirectory() as name:
        prepared, record, wall = deploy(options.diagram, Path(name), options.parallel)
    by_node: dict[str, list[Command]] = defaultdict(list)
    for command in stopwatch.commands:
        by_node[command.node].append(command)
    seconds = {node: busy(commands) for node, commands in by_node.items()}
    best = ideal(prepared.graph, seconds, options.parallel)
    components = {command.component for command in stopwatch.commands}
    text = (
        f"{len(components)} components, {len(stopwatch.commands)} Terraform commands that took"
        f" {sum(seconds.values()):.0f} s together, up to {options.parallel} nodes at once on {os.cpu_count()} cores:"
        f" the run took **{wall:.1f} s**, the ideal schedule of the same commands {best:.1f} s,"
        f" **{wall / best:.3f} times** (at most {ALLOWED} is allowed).\n\n"
        f"{table(prepared.graph, record, stopwatch.commands)}"
    )
    print(text)
    if options.write:
        write(options.diagram, text)
    sys.exit(wall / best > ALLOWED)


if __name__ == "__main__":
    main()
