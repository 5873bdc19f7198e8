"""What the engine's tests run: small diagrams, and a worker whose nodes do what a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.executor import execute
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Answer, Policy, Visit
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.graph import build
from mermaid_flow.graph.model import FlowGraph, Node
from mermaid_flow.handlers.calls import Result
from mermaid_flow.handlers.context import Cancellation
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.source import Source

Action = Callable[[Visit], object]
Settle = Callable[[frozenset[str], Callable[[Event], None], Cancellation], None]

QUICK = Options(grace=0.2, poll=0.02)


@dataclass
class FakeWorker:
    """The engine's port. `actions` by node id return a Result, a mapping of values or None, or raise."""

    actions: Mapping[str, Action] = field(default_factory=dict)
    answers: Mapping[str, str | list[str]] = field(default_factory=dict)
    """Labels that decisions pick."""
    policies: Mapping[str, Policy] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    handled: frozenset[str] = frozenset()
    on_settle: Settle | None = None
    visits: list[Visit] = field(default_factory=list)
    settled: list[frozenset[str]] = field(default_factory=list)
    graph: FlowGraph | None = None

    @property
    def ran(self) -> list[str]:
        return [visit.node.id for visit in self.visits]

    def policy(self, node: Node) -> Policy:
        return self.policies.get(node.id, Policy())

    def handles(self, node: Node) -> bool:
        return node.id in self.handled

    def inputs_digest(self, node: Node) -> str:
        return self.digests.get(node.id, "same")

    def execute(self, visit: Visit) -> Result:
        self.visits.append(visit)
        action = self.actions.get(visit.node.id)
        returned = action(visit) if action else None
        if isinstance(returned, Result):
            return returned
        return Result(dict(returned) if isinstance(returned, Mapping) else {})

    def decide(self, visit: Visit) -> Answer:
        self.visits.append(visit)
        if visit.node.id in self.actions:
            answer = self.actions[visit.node.id](visit)
            assert isinstance(answer, str)
        else:
            answer = self.answers[visit.node.id]
        labels = answer if isinstance(answer, list) else [answer]
        assert self.graph is not None
        edges = tuple(edge.index for edge in self.graph.outgoing[visit.node.id] if edge.label in labels)
        return Answer(answer, edges, tuple(labels), "vars", "vars.yaml:1:1")

    def settle(self, nodes: frozenset[str], emit: Callable[[Event], None], cancellation: Cancellation) -> None:
        self.settled.append(nodes)
        if self.on_settle is not None:
            self.on_settle(nodes, emit, cancellation)


def graph_of(text: str, name: str = "test") -> FlowGraph:
    """The model of a flowchart; `flowchart TD` need not be written."""
    if not text.lstrip().startswith(("flowchart", "---")):
        text = "flowchart TD\n" + text
    diagram = parse(Source(text, "diagrams/test.mmd"))
    assert isinstance(diagram, Flowchart)
    return build(diagram, name)


def new_folder(runs: Path, graph: FlowGraph, **more: object) -> RunFolder:
    return RunFolder.create(runs, graph.diagram.source, diagram=graph.name, graph=graph, **more)  # type: ignore[arg-type]  # tests pass what fits


@dataclass
class Play:
    """A run of a diagram in a test: `play.run()` as often as there are processes."""

    runs: Path
    graph: FlowGraph
    folder: RunFolder

    @classmethod
    def of(cls, runs: Path, text: str, **more: object) -> Play:
        graph = graph_of(text)
        return cls(runs, graph, new_folder(runs, graph, **more))

    def run(self, worker: FakeWorker, options: Options = QUICK, **more: object) -> RunRecord:
        worker.graph = self.graph
        execute(self.graph, self.folder, worker, options=options, **more)  # type: ignore[arg-type]  # as above
        return self.record()

    def record(self) -> RunRecord:
        return RunRecord.open(self.folder)

    def events(self, *types: EventType) -> list[Event]:
        return [event for event in self.record().events if not types or event.type in types]


def statuses(record: RunRecord) -> dict[str, str]:
    return {node.id: node.status.value for node in record.nodes.values()}


def fails(message: str = "boom") -> Action:
    def action(_: Visit) -> object:
        raise RuntimeError(message)

    return action


def fails_until(attempt: int, message: str = "boom") -> Action:
    def action(visit: Visit) -> object:
        if visit.attempt < attempt:
            raise RuntimeError(message)
        return {"attempt": visit.attempt}

    return action


@dataclass
class Gate:
    """A node that stays in its handler until the test opens it."""

    entered: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)
    heeds_cancellation: bool = True

    def __call__(self, visit: Visit) -> object:
        self.entered.set()
        if self.heeds_cancellation:
            while not self.opened.is_set():
                if visit.cancellation.wait(0.01):
                    visit.cancellation.raise_if_requested()
        else:
            assert self.opened.wait(30)
        return {}


def in_background(action: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread
