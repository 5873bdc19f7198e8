"""The read model of a run: what `show`, `render`, the page and the tests look at.

It is made from the record alone, so it shows a finished run, a running one and one whose process died alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mermaid_flow.engine.cancellation import CancelLevel, requested_level
from mermaid_flow.engine.diagram_change import translated
from mermaid_flow.engine.events import EdgeStatus, Event, EventType, NodeStatus, RunStatus
from mermaid_flow.engine.folder import RunFolder, RunMetadata, digest
from mermaid_flow.engine.recorded_graph import rebuild, rebuild_tree
from mermaid_flow.engine.scheduler import fold
from mermaid_flow.engine.sequence_record import read_sequence
from mermaid_flow.engine.visit_reader import Visits, read_number, read_visits
from mermaid_flow.engine.visits import Changes, DecisionRecord, VisitRecord
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.graph.sequence import SequenceTree
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """A node with its visits, oldest first. Of a sequence diagram: a step in one lap, with the items in its label."""

    id: str
    label: str
    role: str
    status: NodeStatus
    visits: tuple[VisitRecord, ...] = ()

    @property
    def last(self) -> VisitRecord | None:
        """The visit that counts now."""
        return self.visits[-1] if self.visits else None

    @property
    def seconds(self) -> float:
        """How long its visits took together."""
        return sum(visit.seconds or 0.0 for visit in self.visits)


@dataclass(frozen=True, slots=True)
class ComponentRecord:
    """What Terraform said of one component, as last heard of."""

    name: str
    planned: Changes | None = None
    applied: Changes | None = None
    seconds: float | None = None
    outputs: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class RunRecord:
    """A run, read. Make one with `open`; with `of` from events that come from elsewhere."""

    metadata: RunMetadata
    path: Path
    """The run's folder."""
    diagram: Flowchart | SequenceDiagram
    graph: FlowGraph | None
    """The executable model of a flowchart."""
    events: tuple[Event, ...]
    status: RunStatus
    nodes: Mapping[str, NodeRecord]
    """All nodes in source order; for a sequence diagram what has begun, in the diagram's order, lap by lap."""
    edges: Mapping[int, EdgeStatus]
    """Status of `graph.edges` by index; empty for a sequence diagram."""
    laps: Mapping[str, int]
    """The lap that each loop is in or ended with, by its header."""
    components: Mapping[str, ComponentRecord]
    failures: tuple[str, ...] = ()
    """Nodes whose failure nothing caught."""
    tree: SequenceTree | None = None
    """The executable model of a sequence diagram."""
    started: float | None = None
    ended: float | None = None
    seconds: float = 0.0
    """How long processes worked on the run, all of them together."""
    cancelled: CancelLevel = CancelLevel.NONE
    """How urgently the run was last asked to stop."""

    @classmethod
    def open(cls, folder: RunFolder) -> RunRecord:
        """Read a run. Raises MflowError when the record is damaged or does not fit its diagram."""
        locked = folder.is_locked()
        with folder.journal(readonly=True) as journal:
            events = journal.read()
        return cls.of(folder.metadata, folder.source, events, folder.path, working=locked)

    @classmethod
    def of(
        cls, metadata: RunMetadata, source: Source, events: Sequence[Event], path: Path, *, working: bool
    ) -> RunRecord:
        """The record that these events make. `working` says whether a process is at work on the run."""
        diagram = parse(source)
        current = digest(source.text)
        visits = read_visits(translated(events, current, history=True), path / "nodes")
        sessions = _sessions(events)
        edges: Mapping[int, EdgeStatus] = {}
        laps: Mapping[str, int] = {}
        failures: tuple[str, ...] = ()
        graph = tree = None
        if isinstance(diagram, Flowchart):
            graph = rebuild(diagram, metadata.diagram, metadata.graph)
            state = fold(graph, translated(events, current))
            edges, laps, failures = dict(enumerate(state.edges)), state.laps, state.failures
            nodes = {
                node.id: NodeRecord(node.id, node.label, node.role, state.nodes[node.id], _of_node(visits, node.id))
                for node in graph.nodes.values()
                if node.id in state.nodes
            }
        else:
            tree = rebuild_tree(diagram, metadata.diagram, metadata.graph)
            found = read_sequence(tree, translated(events, current))
            failures = found.failures
            nodes = {
                step.node.id: NodeRecord(
                    step.node.id, step.label, step.node.role, found.status(step.node.id), _of_node(visits, step.node.id)
                )
                for step in found.begun
            }
        return cls(
            metadata=metadata,
            path=path,
            diagram=diagram,
            graph=graph,
            tree=tree,
            events=tuple(events),
            status=_status(events, working),
            nodes=nodes,
            edges=edges,
            laps=laps,
            components=_components(events),
            failures=failures,
            started=sessions[0].began if sessions else None,
            ended=sessions[-1].ended if sessions else None,
            seconds=sum(session.seconds for session in sessions),
            cancelled=sessions[-1].cancelled if sessions else CancelLevel.NONE,
        )

    @property
    def id(self) -> str:
        return self.metadata.id

    @property
    def visits(self) -> Iterator[VisitRecord]:
        """All visits, node by node."""
        return (visit for node in self.nodes.values() for visit in node.visits)

    @property
    def waiting(self) -> tuple[VisitRecord, ...]:
        """The visits that wait for a person."""
        return tuple(visit for visit in self.visits if visit.status is NodeStatus.WAITING and visit.reset is None)

    @property
    def decisions(self) -> tuple[DecisionRecord, ...]:
        """The decisions that count, in the order of the diagram and of their visits."""
        return tuple(visit.decision for visit in self.visits if visit.decision and visit.reset is None)

    @property
    def values(self) -> Mapping[str, Mapping[str, object]]:
        """What the nodes returned in the visits that count, by node id."""
        return {node.id: node.last.values for node in self.nodes.values() if node.last and node.last.values}


@dataclass(frozen=True, slots=True)
class _Session:
    """What one process did for the run. Without an end it died, or is still at it."""

    began: float
    ended: float | None = None
    seconds: float = 0.0
    cancelled: CancelLevel = CancelLevel.NONE


def _sessions(events: Iterable[Event]) -> list[_Session]:
    sessions: list[_Session] = []
    for event in events:
        if event.type is EventType.RUN_STARTED:
            sessions.append(_Session(event.at))
        elif sessions:
            last = sessions[-1]
            # Until its end is recorded the wall clock must do, and that may have been set back.
            last = replace(
                last,
                seconds=max(last.seconds, event.at - last.began) if last.ended is None else last.seconds,
                cancelled=max(last.cancelled, requested_level(event)),
            )
            if event.type is EventType.RUN_FINISHED:
                measured = read_number(event.data.get("seconds"))
                last = replace(last, ended=event.at, seconds=last.seconds if measured is None else measured)
            sessions[-1] = last
    return sessions


def _status(events: Sequence[Event], working: bool) -> RunStatus:
    last = next(
        (event for event in reversed(events) if event.type in {EventType.RUN_STARTED, EventType.RUN_FINISHED}), None
    )
    if last is not None and last.type is EventType.RUN_FINISHED:
        return RunStatus(str(last.data.get("status", RunStatus.FAILED)))
    return RunStatus.RUNNING if working else RunStatus.INTERRUPTED


def _of_node(visits: Visits, node: str) -> tuple[VisitRecord, ...]:
    """The node's visits without those that were reset before they had begun."""
    found = visits.get(node, {}).values()
    return tuple(visit for visit in found if visit.reset is None or visit.started is not None)


def _components(events: Iterable[Event]) -> dict[str, ComponentRecord]:
    components: dict[str, ComponentRecord] = {}
    for event in events:
        if event.type not in {EventType.PLAN, EventType.APPLIED, EventType.OUTPUTS}:
            continue
        name = str(event.data.get("component", ""))
        component = components.get(name, ComponentRecord(name))
        if event.type is EventType.PLAN:
            component = replace(component, planned=_changes(event.data))
        elif event.type is EventType.APPLIED:
            seconds = read_number(event.data.get("seconds"))
            component = replace(component, applied=_changes(event.data), seconds=seconds)
        else:
            values = event.data.get("values")
            component = replace(component, outputs=values if isinstance(values, Mapping) else {})
        components[name] = component
    return components


def _changes(data: Mapping[str, object]) -> Changes:
    add, change, destroy = (int(read_number(data.get(key)) or 0) for key in ("add", "change", "destroy"))
    return Changes(add, change, destroy)
