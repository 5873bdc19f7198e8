"""Records of runs for the tests of what draws them: the scheduler folds a diagram, nothing is executed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.folder import RunMetadata, digest
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.engine.recorded_graph import describe
from mermaid_flow.engine.scheduler import Decide, Finish, Record, Scheduler, Settle, Start
from mermaid_flow.graph import build
from mermaid_flow.graph.model import FlowGraph, Role
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.source import Source

BEGIN = 1_790_000_000.0

Fate = Mapping[str, object]
"""What happens to a node: `fail`, `skip`, `values`, `resources`, `declared`, `hang`, `wait`, `retry`, `labels`.

They are found by node id, or by `id/visit` for one visit.
"""


@dataclass
class Script:
    """The journal of a run that goes as `fates` say. A decision takes its first edge when nothing else is said."""

    graph: FlowGraph
    fates: Mapping[str, Fate] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.graph)
        self._clock = itertools.count(0)

    def record(self, kind: EventType, node: str | None = None, visit: int = 1, /, **data: object) -> None:
        at = BEGIN + next(self._clock) * 0.5
        event = Event(kind, node, visit, data, len(self.events) + 1, at)
        self.scheduler.apply(event)
        self.events.append(event)

    def play(self) -> list[Event]:
        self.record(EventType.RUN_STARTED, diagram=self.graph.name, target="local", parallel=8)
        while not self.scheduler.finished:
            commands = self.scheduler.commands(None)
            if not commands:
                break  # what is left hangs or waits
            for command in commands:
                self._obey(command)
        return self.events

    def _fate(self, node: str, visit: int) -> Fate:
        return self.fates.get(f"{node}/{visit}", self.fates.get(node, {}))

    def _obey(self, command: object) -> None:
        match command:
            case Start(node, visit):
                self._start(node, visit)
            case Decide(node, visit):
                self._decide(node, visit)
            case Record(event):
                self.record(event.type, event.node, event.visit, **event.data)
            case Settle(stage, _):
                self.record(EventType.SETTLED, stage=stage)
            case Finish(status):
                self.record(EventType.RUN_FINISHED, status=str(status), seconds=len(self.events) * 0.5)

    def _start(self, node: str, visit: int) -> None:
        fate = self._fate(node, visit)
        if self.graph.nodes[node].role is Role.MANUAL:
            self.record(EventType.NODE_WAITING, node, visit, prompt=f"Go on with {node}?", choices=["yes"])
            if "wait" not in fate:
                edges = [edge.index for edge in self.graph.outgoing[node]]
                self.record(EventType.NODE_APPROVED, node, visit, by="alice", comment="fine", edges=edges)
            return
        self.record(EventType.NODE_STARTED, node, visit, attempt=1)
        if "retry" in fate:
            self.record(EventType.NODE_RETRIED, node, visit, attempt=1, delay=0, error=_error(fate["retry"]))
            self.record(EventType.NODE_STARTED, node, visit, attempt=2)
        resources = fate.get("resources", ())
        assert isinstance(resources, Sequence)
        for resource in resources:
            self.record(EventType.RESOURCE, node, visit, **{"component": "dev/it", "action": "create", **resource})
        if "hang" in fate:
            return
        if "fail" in fate:
            self.record(EventType.NODE_FAILED, node, visit, error=_error(fate["fail"]), kind="error", seconds=0.5)
            return
        data = {key: fate[key] for key in ("values", "declared") if key in fate}
        if "skip" in fate:
            data["skipped"] = fate["skip"]
        self.record(EventType.NODE_SUCCEEDED, node, visit, seconds=0.5, **data)

    def _decide(self, node: str, visit: int) -> None:
        fate = self._fate(node, visit)
        outgoing = self.graph.outgoing[node]
        labels = fate.get("labels", [outgoing[0].label])
        assert isinstance(labels, list)
        edges = [edge.index for edge in outgoing if edge.label in labels]
        value = fate.get("value", labels[0])
        self.record(
            EventType.DECISION_ANSWERED,
            node,
            visit,
            value=value,
            labels=labels,
            edges=edges,
            source="vars",
            where=str(fate.get("where", "vars/dev.yaml:3:7")),
        )


def _error(message: object) -> dict[str, object]:
    return {"code": "boom", "message": str(message), "hint": "look at the log"}


def graph_of(text: str, name: str = "picture") -> FlowGraph:
    if not text.lstrip().startswith(("flowchart", "graph", "---")):
        text = "flowchart TD\n" + text
    diagram = parse(Source(text, f"diagrams/{name}.mmd"))
    assert isinstance(diagram, Flowchart)
    return build(diagram, name)


def metadata_of(graph: FlowGraph, run: str = "20260314-153012-k3x9") -> RunMetadata:
    return RunMetadata(
        id=run,
        diagram=graph.name,
        path=graph.diagram.source.path,
        sha256=digest(graph.diagram.source.text),
        component="acme/dev/it",
        created=BEGIN,
        graph=describe(graph),
    )


def recorded(
    text: str,
    fates: Mapping[str, Fate] | None = None,
    *,
    path: Path = Path("runs/none"),
    name: str = "picture",
    run: str = "20260314-153012-k3x9",
    more: Callable[[Script], None] | None = None,
    working: bool = False,
) -> RunRecord:
    """The record of a run of the flowchart. `more` records further events after those of the script."""
    graph = graph_of(text, name)
    script = Script(graph, fates or {})
    script.play()
    if more is not None:
        more(script)
    return RunRecord.of(metadata_of(graph, run), graph.diagram.source, script.events, path, working=working)
