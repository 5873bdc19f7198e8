"""Where a run is, kept up to date event by event, for what is shown while it runs.

`RunRecord` reads a whole journal; this takes one event after the other and knows only what fits on a screen. Resources
count for the box that declared them, whichever node's apply works on them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.nested_runs import run_name
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.engine.visit_reader import read_error, read_number, strings
from mermaid_flow.engine.visits import Changes
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.graph.sequence import SequenceTree
from mermaid_flow.render.looks import Look

_OWN_MODULE = re.compile(r"module\.[^.\[]+(?:\[[^]]*\])?\.")


@dataclass(slots=True)
class ResourceProgress:
    """One resource. `began` is when the work on it began, in seconds since the epoch."""

    component: str
    address: str
    action: str
    state: str
    began: float | None = None
    seconds: float | None = None

    @property
    def done(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.state == "complete"

    @property
    def name(self) -> str:
        """The address within the module that the node called."""
        return _OWN_MODULE.sub("", self.address, count=1)


@dataclass(slots=True)
class NodeProgress:
    """One box in the visit that counts. Times are seconds since the epoch, `seconds` is a duration."""

    id: str
    label: str
    stages: tuple[str, ...] = ()
    """Titles of the subgraphs around it, outermost first."""
    look: Look = Look.NOT_REACHED
    visit: int = 1
    attempt: int = 0
    began: float | None = None
    seconds: float | None = None
    note: str = ""
    """The answer and its origin, the reason for skipping, the error, the question."""
    hint: str = ""
    notice: str = ""
    """What it last gave notice of while it runs."""
    declared: bool = False
    """Its handler is through, and what it declared may not have been applied yet."""
    resources: dict[tuple[str, str], ResourceProgress] = field(default_factory=dict)
    """By component and address. What is only read is not among them."""

    @property
    def working(self) -> list[ResourceProgress]:
        """The resources that are being worked on."""
        return [resource for resource in self.resources.values() if resource.state == "started"]

    @property
    def active(self) -> bool:
        """Whether something happens here at the moment."""
        return self.look in {Look.RUNNING, Look.WAITING} or bool(self.working)

    @property
    def prepared(self) -> bool:
        """Whether its handler is through but its resources are not."""
        undone = not self.resources or any(not resource.done for resource in self.resources.values())
        return self.declared and self.look is Look.SUCCEEDED and undone

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do here, as far as one can tell."""
        return self.look is not Look.NOT_REACHED and not self.active and not self.prepared

    @property
    def changes(self) -> Changes:
        """What its resources amount to, whether done or still planned."""
        actions = Counter(resource.action for resource in self.resources.values())
        replaced = actions["replace"]
        return Changes(actions["create"] + replaced, actions["update"], actions["delete"] + replaced)


@dataclass(slots=True)
class ComponentProgress:
    """One component: what Terraform planned and how far it is."""

    name: str
    planned: Changes | None = None
    applied: Changes | None = None
    seconds: float | None = None


class RunProgress:
    """The boxes of a diagram, in source order, and what is known of each."""

    def __init__(self, nodes: Iterable[NodeProgress]) -> None:
        self.nodes = {node.id: node for node in nodes}
        self.components: dict[str, ComponentProgress] = {}
        self.run = ""
        """What commands call the run; empty before it has begun when nothing is recorded."""
        self.began: float | None = None
        self.status = RunStatus.RUNNING

    @classmethod
    def of_graph(cls, graph: FlowGraph | SequenceTree) -> RunProgress:
        """Before anything has happened. The steps of a sequence diagram are not known before they begin."""
        if isinstance(graph, SequenceTree):
            return cls(())
        return cls(
            NodeProgress(
                node.id, node.label or node.id, tuple(graph.stages[stage].title for stage in reversed(node.stages))
            )
            for node in graph.nodes.values()
        )

    @classmethod
    def of_record(cls, record: RunRecord) -> RunProgress:
        """The boxes of a recorded run, before its first event."""
        if record.graph is not None:
            progress = cls.of_graph(record.graph)
        else:
            progress = cls(NodeProgress(node.id, node.label or node.id) for node in record.nodes.values())
        progress.run = run_name(record.metadata, record.path)
        return progress

    def label(self, event: Event) -> str:
        """What an event's line begins with: the box, or the component."""
        if event.node is None:
            return str(event.data.get("component") or "")
        node = self.nodes.get(event.node)
        return event.node if node is None else node.label

    def take(self, event: Event) -> None:
        """Take note of the next event."""
        if event.node is not None:
            label = str(event.data.get("label") or event.node)
            node = self.nodes.setdefault(event.node, NodeProgress(event.node, label))
            if event.visit > node.visit:
                # Between two visits, a step of a sequence may have become another one.
                label = str(event.data.get("label") or node.label)
                node = NodeProgress(node.id, label, node.stages, visit=event.visit)
                self.nodes[node.id] = node
            _take_node(node, event)
            if event.type is EventType.NODE_BLOCKED:
                node.note = self._blocked(event)
        elif event.type is EventType.RUN_STARTED:
            self.began = event.at if self.began is None else self.began
            self.status = RunStatus.RUNNING
            self.run = self.run or str(event.data.get("run") or "")
        elif event.type is EventType.RUN_FINISHED:
            self.status = RunStatus(str(event.data.get("status", RunStatus.FAILED)))
        elif event.type in {EventType.PLAN, EventType.APPLIED}:
            self._take_component(event)
        if event.type in {EventType.APPLIED, EventType.SETTLED}:
            for node in self.nodes.values():
                node.declared = False

    def of_component(self, component: str) -> list[ResourceProgress]:
        """The resources of a component, whichever boxes declared them."""
        resources = (resource for node in self.nodes.values() for resource in node.resources.values())
        return [resource for resource in resources if resource.component == component]

    def _blocked(self, event: Event) -> str:
        """The failures that the node directly depends on; nothing for those further down."""
        because = (self.nodes.get(name) for name in strings(event.data.get("because")))
        failed = [node.label for node in because if node is not None and node.look is not Look.NOT_REACHED]
        return f"blocked by {', '.join(failed)}" if failed else ""

    def _take_component(self, event: Event) -> None:
        name = str(event.data.get("component", ""))
        component = self.components.setdefault(name, ComponentProgress(name))
        if event.type is EventType.PLAN:
            component.planned, component.applied = changes_of(event.data), None
        else:
            component.applied = changes_of(event.data)
            component.seconds = read_number(event.data.get("seconds"))


def changes_of(data: Mapping[str, object]) -> Changes:
    """The numbers in the data of a PLAN or APPLIED event."""
    add, change, destroy = (int(read_number(data.get(key)) or 0) for key in ("add", "change", "destroy"))
    return Changes(add, change, destroy)


def answer_of(data: Mapping[str, object]) -> str:
    """The answer of a DECISION_ANSWERED event and where it comes from, as one reads it."""
    labels = ", ".join(label or "default" for label in strings(data.get("labels"))) or "default"
    origin = data.get("where") or data.get("source")
    return f"{labels}  ({origin})" if origin else labels


def _take_node(node: NodeProgress, event: Event) -> None:
    data = event.data
    ending = _ending(event)
    if ending is not None:
        node.look, node.note = ending
        node.declared = bool(data.get("declared"))
        node.hint = read_error(data).hint if "error" in data else ""
        measured = read_number(data.get("seconds"))
        node.seconds = measured if measured is not None or node.began is None else event.at - node.began
        return
    match event.type:
        case EventType.NODE_STARTED:
            node.look, node.note, node.hint, node.notice = Look.RUNNING, "", "", ""
            node.attempt = int(read_number(data.get("attempt")) or node.attempt + 1)
            node.began = event.at
        case EventType.NODE_WAITING:
            node.look, node.note, node.began = Look.WAITING, str(data.get("prompt") or ""), event.at
        case EventType.NODE_SKIPPED:
            node.look = Look.SKIPPED
        case EventType.NODE_RETRIED:
            node.note = f"attempt {data.get('attempt')} failed: {read_error(data).message}"
        case EventType.NODE_RESET | EventType.NODE_INTERRUPTED:
            node.look, node.note = Look.NOT_REACHED, ""
        case EventType.RESOURCE:
            _take_resource(node, event)
        case EventType.NOTICE:
            node.notice = str(data.get("message") or "")
        case _:
            pass


def _ending(event: Event) -> tuple[Look, str] | None:  # noqa: PLR0911 - one answer for each kind of event
    """What a visit ended as and what is to be noted about it, or None for an event that ends none."""
    data = event.data
    match event.type:
        case EventType.NODE_SUCCEEDED if data.get("skipped") is not None:
            return Look.NOTHING_TO_DO, str(data["skipped"])
        case EventType.NODE_SUCCEEDED:
            return Look.SUCCEEDED, "unchanged" if data.get("reused") else ""
        case EventType.DECISION_ANSWERED:
            return Look.SUCCEEDED, answer_of(data)
        case EventType.NODE_FAILED:
            return Look.FAILED, read_error(data).message
        case EventType.NODE_CANCELLED:
            return Look.CANCELLED, read_error(data).message if "error" in data else ""
        case EventType.NODE_APPROVED:
            choice = f": {data['choice']}" if data.get("choice") else ""
            return Look.SUCCEEDED, f"approved by {data.get('by')}{choice}"
        case EventType.NODE_REJECTED:
            return Look.FAILED, f"rejected by {data.get('by')}"
        case _:
            return None


def _take_resource(node: NodeProgress, event: Event) -> None:
    component, address, action, state = (
        str(event.data.get(key, "")) for key in ("component", "address", "action", "state")
    )
    if action == "read":
        return
    known = node.resources.get((component, address))
    if known is None:
        known = node.resources[component, address] = ResourceProgress(component, address, action, state)
    if state == "started" and (known.state != "started" or known.began is None):
        known.began = event.at
    known.action, known.state = action, state
    known.seconds = read_number(event.data.get("seconds"))
