"""For the tests of your own handlers and diagrams: no Terraform, no cloud, no files but temporary ones.

    from mermaid_flow.testing import call, play

    def test_the_vpc_gets_its_range():
        [vpc, *_] = call(create_vpc, vars={"vpc_cidr": "10.0.0.0/16"}).declarations
        assert vpc.inputs["cidr_block"] == "10.0.0.0/16"

    def test_no_nat_gateway_without_being_asked_for():
        record = play(Path("diagrams/vpc.mmd"), handlers=[vpc], vars={"enable_nat_gateway": False, ...})
        assert record.nodes["CreateNATGateway"].status == "skipped"

The components here are stand-ins: they keep what is declared and give the outputs that the test sets.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import cast

from mermaid_flow.engine.executor import execute
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.builder import build
from mermaid_flow.handlers.calls import Backend, Declaration, HandlerResult, Result
from mermaid_flow.handlers.context import Cancellation, Context, NodeInfo, RunInfo
from mermaid_flow.handlers.loader import handlers_of
from mermaid_flow.handlers.registry import Registry, sort_out
from mermaid_flow.inputs.layers import Inputs, Setting
from mermaid_flow.inputs.variables import Variables
from mermaid_flow.session.bindings import bind
from mermaid_flow.session.prepare import role_of
from mermaid_flow.session.progress import Channel
from mermaid_flow.session.project import Project
from mermaid_flow.session.worker import SessionWorker
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.parse import parse
from mermaid_flow.syntax.source import Source

__all__ = ["StandInComponent", "StandInComponents", "call", "make_context", "play"]


@dataclass
class StandInComponent:
    """A component without Terraform: `declared` by node, `applied` counts applies, `results` are its outputs."""

    name: str
    folder: Path
    results: Mapping[str, object] = field(default_factory=dict)
    declared: dict[str, tuple[Declaration, ...]] = field(default_factory=dict)
    applied: int = 0
    destroyed: bool = False
    pending: bool = False
    backend: Backend | None = None
    commands: list[tuple[str, ...]] = field(default_factory=list)

    def declare(self, node: str, declarations: Sequence[Declaration]) -> None:
        """Keep what the node declares."""
        self.declared[node] = tuple(declarations)
        self.pending = True

    def apply(self, *, prune: bool = False) -> None:  # noqa: ARG002 - nothing earlier is there to prune
        """Count an apply when something is pending."""
        self.applied += self.pending
        self.pending = False

    def outputs(self) -> Mapping[str, object]:
        """The outputs that the test set."""
        self.apply()
        return self.results

    def call_outputs(self, call: str) -> Mapping[str, object]:
        """What the test set for this call: an output whose value is a map."""
        self.apply()
        found = self.results.get(call, {})
        return cast("Mapping[str, object]", found)

    def drift(self) -> Mapping[str, object]:
        """Nothing has drifted."""
        return {"component": self.name, "kind": "in sync", "resources": [], "outputs": []}

    def destroy(self) -> None:
        """Remember that it was destroyed."""
        self.destroyed = True
        self.declared.clear()

    def keep_state_in(self, backend: Backend | None) -> None:
        """Remember where the state would be."""
        self.backend = backend

    def terraform(self, *arguments: str) -> str:
        """Remember the command; it prints nothing."""
        self.commands.append(arguments)
        return ""


@dataclass
class StandInComponents:
    """Stand-ins by name. `results` are the outputs of each component by its name."""

    folder: Path
    results: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    by_name: dict[str, StandInComponent] = field(default_factory=dict)

    def open(self, name: str, *, environment: Mapping[str, str] | None = None) -> StandInComponent:  # noqa: ARG002
        """The stand-in of that name."""
        if name not in self.by_name:
            self.by_name[name] = StandInComponent(name, self.folder / name, self.results.get(name, {}))
        return self.by_name[name]

    def existing(self) -> Sequence[StandInComponent]:
        """The components that were opened."""
        return self.opened()

    def opened(self) -> Sequence[StandInComponent]:
        """Every stand-in that was opened."""
        return list(self.by_name.values())


def make_context(
    *,
    vars: Mapping[str, object] | None = None,  # noqa: A002 - the name that handlers know
    values: Mapping[str, Mapping[str, object]] | None = None,
    outputs: Mapping[str, Mapping[str, object]] | None = None,
    node: NodeInfo | None = None,
    diagram: str = "test",
    folder: Path | None = None,
    run: RunInfo | None = None,
) -> Context:
    """A context as a run would give it. `values` are those of earlier nodes, `outputs` those of components by name."""
    place = folder or Path(tempfile.mkdtemp(prefix="mflow-test-"))
    components = StandInComponents(place, outputs or {})

    def no_diagram(name: str, **_: object) -> Mapping[str, object]:
        raise MflowError(f"the test runs no sub-workflow {name}", code="testing.nested")

    return Context(
        run=run or RunInfo("test", diagram, place, place),
        node=node or NodeInfo("Node", "Node"),
        vars=Variables.of(vars or {}),
        values=values or {},
        log=logging.getLogger("mflow.test"),
        cancellation=Cancellation(),
        folder=place,
        component=components.open(diagram),
        components=components,
        run_diagram=no_diagram,
    )


def call(
    handler: Callable[[Context], object],
    *,
    vars: Mapping[str, object] | None = None,  # noqa: A002
    values: Mapping[str, Mapping[str, object]] | None = None,
    outputs: Mapping[str, Mapping[str, object]] | None = None,
    node: NodeInfo | None = None,
    diagram: str = "test",
) -> Result:
    """Call one action or configure handler and sort out what it returns. Raises what the handler raises."""
    context = make_context(vars=vars, values=values, outputs=outputs, node=node, diagram=diagram)
    return sort_out(cast("HandlerResult", handler(context)), getattr(handler, "__name__", "handler"))


def play(
    diagram: Path | str,
    *,
    handlers: Iterable[ModuleType],
    vars: Mapping[str, object] | None = None,  # noqa: A002
    answers: Mapping[str, object] | None = None,
    outputs: Mapping[str, Mapping[str, object]] | None = None,
    name: str = "",
    folder: Path | None = None,
    parallel: int = 4,
) -> RunRecord:
    """Run a whole flowchart (a file or its text) with the real engine and stand-ins for components; gives its record.

    `answers` answer decisions by node id or label. Nodes that wait for a person are approved.
    """
    place = folder or Path(tempfile.mkdtemp(prefix="mflow-test-"))
    text = diagram.read_text(encoding="utf-8") if isinstance(diagram, Path) else diagram
    title = name or (diagram.stem if isinstance(diagram, Path) else "test")
    source = Source(text, str(diagram) if isinstance(diagram, Path) else None)
    parsed = parse(source)
    if not isinstance(parsed, Flowchart):
        raise MflowError("play() runs flowcharts", code="testing.kind")
    registry = Registry(dict.fromkeys(handler for module in handlers for handler in handlers_of(module)))
    graph = build(parsed, title, bound=role_of(registry, title))
    given = {key: Setting(key, value, "the test") for key, value in (answers or {}).items()}
    components = StandInComponents(place, outputs or {})
    context = make_context(vars=vars, diagram=title, folder=place)
    run = RunFolder.create(place / "runs", source, diagram=title, graph=graph)
    worker = SessionWorker(
        graph=graph,
        bindings=bind(Project(place), registry, title, parsed),
        inputs=Inputs(context.vars, answers=given),
        run=RunInfo(run.id, title, run.path, place),
        component=components.open(title),
        components=components,
        run_diagram=lambda _visit, inner, vars=None: context.run_diagram(inner, vars=vars),  # noqa: A006
        hide=str,
        channel=Channel(),
    )
    execute(graph, run, worker, options=Options(parallel=parallel, auto_approve=True, wait=False))
    return RunRecord.open(run)
