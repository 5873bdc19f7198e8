"""A run played by hand, event by event, for tests that tell a story."""

from __future__ import annotations

from collections.abc import Iterable

from mermaid_flow.engine.events import EdgeStatus, Event, EventType, NodeStatus, RunStatus
from mermaid_flow.engine.scheduler import Cancel, Decide, Finish, Record, Scheduler, Settle, Start
from mermaid_flow.graph import GraphSettings, build
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart


def flow(text: str, settings: GraphSettings | None = None) -> FlowGraph:
    """The executable model of a Mermaid text, with or without its header."""
    if not text.lstrip().startswith(("---", "flowchart", "graph")):
        text = "flowchart TD\n" + text
    diagram = parse(text)
    assert isinstance(diagram, Flowchart)
    return build(diagram, "test", settings)


class Play:
    """Writes what the scheduler asks to be recorded; starts, settles and cancellations are left to the test."""

    def __init__(self, graph: FlowGraph | str, *, fail_fast: bool = False, journal: Iterable[Event] = ()) -> None:
        self.graph = flow(graph) if isinstance(graph, str) else graph
        self.scheduler = Scheduler(self.graph)
        self.journal: list[Event] = []
        self.started: list[str] = []
        """Nodes that the scheduler has said to start, and that have not ended."""
        self.settling: list[Settle] = []
        self.cancelling: list[str] = []
        for event in journal:
            self.scheduler.apply(event)
            self.journal.append(event)
        self.write(Event(EventType.RUN_STARTED, data={"fail_fast": fail_fast, "resumed": bool(self.journal)}))
        if journal == ():
            self._follow()

    def say(self, event: EventType, node: str | None = None, **data: object) -> None:
        """Record an event about the node's present visit, and all that the scheduler wants recorded after it."""
        self.write(Event(event, node, self.scheduler.visit(node) if node else 1, data))
        self._follow()

    def write(self, event: Event) -> None:
        self.scheduler.apply(event)
        self.journal.append(event)

    def _follow(self) -> None:
        while commands := self.scheduler.commands():
            for command in commands:
                match command:
                    case Start(node, _) | Decide(node, _):
                        self.started.append(node)
                    case Settle():
                        self.settling.append(command)
                    case Cancel(node, _):
                        self.cancelling.append(node)
                    case Record(event):
                        self.write(event)
                    case Finish(status):
                        self.write(Event(EventType.RUN_FINISHED, data={"status": str(status)}))

    def do(self, *nodes: str, declared: bool = False) -> None:
        """Let nodes run and succeed."""
        for node in nodes:
            self.begin(node)
            self.say(EventType.NODE_SUCCEEDED, node, declared=declared)

    def begin(self, *nodes: str) -> None:
        for node in nodes:
            self.started.remove(node)
            self.say(EventType.NODE_STARTED, node)

    def fail(self, node: str, kind: str = "error") -> None:
        """Let a node run and fail."""
        self.begin(node)
        self.say(EventType.NODE_FAILED, node, kind=kind)

    def decide(self, node: str, *labels: str) -> None:
        """Answer a decision with labels of its out-edges."""
        self.started.remove(node)
        self.say(EventType.DECISION_ANSWERED, node, edges=self.labelled(node, *labels))

    def labelled(self, node: str, *labels: str) -> list[int]:
        return [edge.index for edge in self.graph.outgoing[node] if edge.label in labels]

    def settle(self, **failing: str) -> None:
        """Carry out the one Settle that was asked for. Keywords: nodes whose declared work fails, and how."""
        (settle,) = self.settling
        self.settling.clear()
        for node, kind in failing.items():
            assert node in settle.nodes
            self.say(EventType.NODE_FAILED, node, kind=kind)
        self.say(EventType.SETTLED, stage=settle.stage)

    def finish(self) -> RunStatus:
        """Let all that is left succeed."""
        while not self.scheduler.finished:
            assert self.started or self.settling, f"stuck: {self.scheduler.snapshot()}"
            if self.settling:
                self.settle()
            else:
                self.do(self.started[0])
        return self.scheduler.status

    def reset(self, *nodes: str) -> None:
        for node in nodes:
            self.write(Event(EventType.NODE_RESET, node, self.scheduler.visit(node)))
        self._follow()

    def resumed(self, **more: bool) -> Play:
        """The same run in a new process: its journal folded again and its next part begun. `reset` comes next."""
        return Play(self.graph, journal=self.journal, **more)

    def is_(self, status: str, *nodes: str) -> bool:
        found = {node: str(self.scheduler.node_status(node)) for node in nodes}
        assert found == dict.fromkeys(nodes, status)
        return True

    def edge(self, source: str, target: str) -> EdgeStatus:
        """The status of the edge between two nodes."""
        (edge,) = [edge for edge in self.graph.edges if (edge.source, edge.target) == (source, target)]
        return self.scheduler.edge_status(edge.index)

    def node(self, node: str) -> NodeStatus:
        return self.scheduler.node_status(node)

    @property
    def status(self) -> RunStatus:
        return self.scheduler.status
