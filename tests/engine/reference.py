"""The semantics once more, by definition instead of by bookkeeping: what the scheduler is compared with.

Nothing here counts or remembers what follows from something else. The whole graph is looked at again and again, every
question is answered from the definitions, and whatever can come to its end does, until nothing changes any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import networkx

from mermaid_flow.engine.events import EdgeStatus, NodeStatus, RunStatus
from mermaid_flow.graph.model import Edge, EdgeKind, FlowGraph, Loop, Role
from tests.engine.random_graphs import Script

RAN = (NodeStatus.SUCCEEDED, NodeStatus.FAILED, NodeStatus.CANCELLED)


@dataclass(frozen=True)
class End:
    """How a visit ended."""

    status: NodeStatus
    edges: frozenset[int] = frozenset()
    failure: str = "error"
    final: bool = True
    """False while what was declared is not applied."""
    before: End | None = None
    """What it was taken for before it turned out to have failed."""


@dataclass(frozen=True)
class Region:
    name: str
    nodes: frozenset[str]
    loop: Loop | None = None


class Reference:
    """Runs a graph to its end. `completed` tells what the rules leave open: in which order independent nodes ended."""

    def __init__(self, graph: FlowGraph, script: Script, completed: Sequence[str] = ()) -> None:
        self.completed = list(completed)
        self.graph = graph
        self.script = script
        self.nodes = [node.id for node in graph.nodes.values() if node.role is not Role.NOTE]
        self.edges = [edge for edge in graph.edges if edge.kind is not EdgeKind.NONE]
        self.zone = self._rollback_zone()
        self.regions = [Region(f"loop {loop.header}", loop.body, loop) for loop in graph.loops]
        if graph.barriers:
            stages = graph.stages.values()
            self.regions += [Region(stage.id, frozenset(stage.nodes - self.zone)) for stage in stages]
            self.regions = [region for region in self.regions if region.nodes]
        self.ends: dict[str, End] = {}
        self.visits = dict.fromkeys(self.nodes, 1)
        self.laps = {loop.header: 1 for loop in graph.loops}
        self.over: dict[str, bool] = {}
        """Regions that have ended: True for a loop that was cut short."""
        self.rollbacks: dict[int, EdgeStatus] = {}
        self.unsettled: dict[str, int] = {}
        """Nodes with work that may not be applied, and the visit that did it."""
        self.ran: set[tuple[str, int]] = set()

    def run(self) -> RunStatus:
        while self._let_nodes_end() or self._let_regions_end() or self._apply() or self._roll_back():
            pass
        missing = [node for node in self.nodes if node not in self.ends]
        assert not missing, f"the reference is stuck before {missing}"
        return RunStatus.FAILED if self._has_failed() else RunStatus.SUCCEEDED

    def status(self, node: str) -> NodeStatus:
        return self.ends[node].status if node in self.ends else NodeStatus.PENDING

    def edge(self, edge: Edge) -> EdgeStatus:
        """How an edge has settled, as its target sees it."""
        if edge.catch == "rollback":
            return self.rollbacks.get(edge.index, EdgeStatus.PENDING)
        settled = self._by_its_source(edge)
        if edge.back or not self._is_waited_for(edge):
            return settled
        left = [region for region in self.regions if edge.source in region.nodes and edge.target not in region.nodes]
        if any(region.name not in self.over for region in left):
            return EdgeStatus.PENDING
        cut = any(self.over[region.name] for region in left)
        return EdgeStatus.FAILED if cut and edge.kind is EdgeKind.CONTROL and settled is EdgeStatus.SKIPPED else settled

    def _by_its_source(self, edge: Edge) -> EdgeStatus:
        end = self.ends.get(edge.source)
        if end is None:
            return EdgeStatus.PENDING
        if edge.kind is EdgeKind.WEAK:
            return EdgeStatus.TAKEN if (end.before or end).status in RAN else EdgeStatus.SKIPPED
        return self._catch(edge, end) if edge.kind is EdgeKind.CATCH else self._control(edge, end)

    def _control(self, edge: Edge, end: End) -> EdgeStatus:
        if end.before is not None and self._control(edge, end.before) is not EdgeStatus.TAKEN:
            return self._control(edge, end.before)
        if end.status is NodeStatus.SUCCEEDED and edge.index in end.edges:
            return EdgeStatus.TAKEN
        excused = end.status in (NodeStatus.SUCCEEDED, NodeStatus.SKIPPED) or self._is_caught(edge.source, end)
        return EdgeStatus.SKIPPED if excused else EdgeStatus.FAILED

    def _catch(self, edge: Edge, end: End) -> EdgeStatus:
        if end.before is not None and end.before.final:
            return self._catch(edge, end.before)
        if not end.final:
            return EdgeStatus.PENDING
        if edge.catch == "always":
            return EdgeStatus.TAKEN if end.status in RAN else EdgeStatus.SKIPPED
        timeouts = [other for other in self._out(edge.source) if other.catch == "timeout"]
        for_it = {"error": edge.catch == "error", "timeout": edge.catch == "timeout" or not timeouts, "laps": False}
        return EdgeStatus.TAKEN if end.status is NodeStatus.FAILED and for_it[end.failure] else EdgeStatus.SKIPPED

    def _is_caught(self, node: str, end: End) -> bool:
        """True for a failure that a catch edge has taken, and that came when it still could."""
        catching = [edge for edge in self._out(node) if edge.catch in ("error", "timeout")]
        return (
            end.status is NodeStatus.FAILED
            and end.failure != "laps"
            and not (end.before is not None and end.before.final)
            and any(self._catch(edge, end) is EdgeStatus.TAKEN for edge in catching)
        )

    def _is_uncaught(self, node: str) -> bool:
        end = self.ends.get(node)
        failed = end is not None and end.status in (NodeStatus.FAILED, NodeStatus.CANCELLED)
        return failed and not self._is_caught(node, self.ends[node])

    def _out(self, node: str) -> Iterator[Edge]:
        return (edge for edge in self.edges if edge.source == node)

    def _is_waited_for(self, edge: Edge) -> bool:
        """False for what leads from a rollback back to the flow."""
        return not (edge.source in self.zone and edge.target not in self.zone)

    def _rollback_zone(self) -> frozenset[str]:
        """What cannot be reached from where the flow begins when no rollback edge may be passed."""
        if not any(edge.catch == "rollback" for edge in self.edges):
            return frozenset()
        whole = networkx.MultiDiGraph([(edge.source, edge.target) for edge in self.edges])
        whole.add_nodes_from(self.nodes)
        flow = networkx.MultiDiGraph([(e.source, e.target) for e in self.edges if e.catch != "rollback"])
        flow.add_nodes_from(self.nodes)
        knots = networkx.condensation(whole)
        begins = {
            min(knots.nodes[knot]["members"], key=self.nodes.index) for knot in knots if not knots.in_degree(knot)
        }
        return frozenset(set(self.nodes) - begins - set().union(*(networkx.descendants(flow, node) for node in begins)))

    def _let_nodes_end(self) -> bool:
        """Let every node end whose in-edges have all settled."""
        changed = False
        for node in self.nodes:
            into = [e for e in self.edges if e.target == node and not e.back and self._is_waited_for(e)]
            states = {e.index: self.edge(e) for e in into}
            if node in self.ends or EdgeStatus.PENDING in states.values():
                continue
            deciding = [states[e.index] for e in into if e.kind is not EdgeKind.WEAK]
            if EdgeStatus.FAILED in deciding:
                self.ends[node] = End(NodeStatus.BLOCKED)
            elif deciding and EdgeStatus.TAKEN not in deciding:
                self.ends[node] = End(NodeStatus.SKIPPED)
            else:
                self.ends[node] = self._execute(node)
            changed = True
        return changed

    def _execute(self, node: str) -> End:
        visit = self.visits[node]
        assert (node, visit) not in self.ran
        self.ran.add((node, visit))
        fate = self.script.fate(node, visit)
        if fate.kind in ("error", "timeout"):
            return End(NodeStatus.FAILED, failure=fate.kind)
        if fate.kind == "cancelled":
            return End(NodeStatus.CANCELLED)
        edges = fate.edges
        if fate.kind == "declared in vain":
            edges = frozenset(edge.index for edge in self._out(node) if edge.kind is EdgeKind.CONTROL)
        self.unsettled[node] = visit
        waits = any(edge.kind is EdgeKind.CATCH and edge.catch != "rollback" for edge in self._out(node))
        return End(NodeStatus.SUCCEEDED, edges, final=fate.kind == "done" or not waits)

    def _let_regions_end(self) -> bool:
        for region in self.regions:
            inner = [r for r in self.regions if r is not region and self._is_inside(r, region)]
            if (
                region.name in self.over
                or any(node not in self.ends or not self.ends[node].final for node in region.nodes)
                or any(r.name not in self.over for r in inner)
            ):
                continue
            if region.loop is None:
                self._settle([node for node in self.unsettled if node in region.nodes])
                self.over[region.name] = False
            else:
                self._end_lap(region, region.loop, inner)
            return True
        return False

    def _is_inside(self, inner: Region, outer: Region) -> bool:
        return inner.nodes < outer.nodes or (
            inner.nodes == outer.nodes
            and (inner.loop is not None, self.regions.index(inner))
            > (outer.loop is not None, self.regions.index(outer))
        )

    def _end_lap(self, region: Region, loop: Loop, inner: list[Region]) -> None:
        back = [edge for edge in self.edges if edge.index in loop.back_edges]
        again = [edge for edge in back if self._by_its_source(edge) is EdgeStatus.TAKEN]
        failed = any(self._is_uncaught(node) for node in region.nodes)
        if again and not failed and self.laps[loop.header] < loop.max_laps:
            self.laps[loop.header] += 1
            for node in region.nodes:
                del self.ends[node]
                self.visits[node] += 1
            for nested in inner:
                del self.over[nested.name]
                if nested.loop:
                    self.laps[nested.loop.header] = 1
            return
        if again and not failed:
            source = again[0].source
            self.ends[source] = End(NodeStatus.FAILED, failure="laps", before=self.ends[source])
        self.over[region.name] = any(self._by_its_source(edge) is not EdgeStatus.SKIPPED for edge in back) or bool(
            again
        )

    def _apply(self) -> bool:
        """When all stands still: apply what was declared, if the flow is at its end or something depends on it."""
        waiting = any(not end.final for end in self.ends.values())
        at_end = all(node in self.ends for node in self.nodes if node not in self.zone)
        if not self.unsettled or not (waiting or at_end):
            return False
        self._settle(list(self.unsettled))
        return True

    def _settle(self, nodes: list[str]) -> None:
        for node in nodes:
            vain = self.script.fate(node, self.unsettled.pop(node)).kind == "declared in vain"
            end = self.ends.get(node)
            if vain and end is None:
                self.ends[node] = End(NodeStatus.FAILED)
            elif vain and end is not None and end.status is not NodeStatus.FAILED:
                self.ends[node] = End(NodeStatus.FAILED, before=end)
            elif end is not None:
                self.ends[node] = replace(end, final=True)

    def _roll_back(self) -> bool:
        edges = [edge for edge in self.edges if edge.catch == "rollback" and edge.index not in self.rollbacks]
        if not edges or any(node not in self.ends for node in self.nodes if node not in self.zone):
            return False
        have_run = {node for node, _ in self.ran}
        undone = [edge for edge in edges if edge.source in have_run] if self._has_failed() else []
        for edge in edges:
            if edge not in undone:
                self.rollbacks[edge.index] = EdgeStatus.SKIPPED
        if undone:
            last = max((edge.source for edge in undone), key=self._last_end)
            self.rollbacks.update({edge.index: EdgeStatus.TAKEN for edge in undone if edge.source == last})
        return True

    def _has_failed(self) -> bool:
        return any(self._is_uncaught(node) for node in self.nodes)

    def _last_end(self, node: str) -> int:
        return max(position for position, ended in enumerate(self.completed) if ended == node)
