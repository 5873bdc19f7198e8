"""The state of a run and its elementary changes: nodes end, edges settle, joins fire, regions end or start a new lap.

Everything here is incremental: each node keeps how many of its in-edges are still open, how many were taken and how
many failed, each region how many of its parts have not come to their end.
"""

from __future__ import annotations

from collections.abc import Collection
from heapq import heappush

from mermaid_flow.engine._edge_outcomes import RAN, catch_outcome, control_outcome, is_caught
from mermaid_flow.engine._flow_tables import FlowTables, Region
from mermaid_flow.engine.events import EdgeStatus, NodeStatus
from mermaid_flow.graph.model import EdgeKind

SETTLED = RAN | {NodeStatus.SKIPPED, NodeStatus.BLOCKED}


class FlowState:
    """Mutable state over `FlowTables`. Nodes, edges and regions are numbers. Dicts with None serve as ordered sets."""

    def __init__(self, tables: FlowTables) -> None:
        nodes, edges = len(tables.ids), len(tables.edges)
        self.tables = tables
        self.status = [NodeStatus.PENDING] * nodes
        self.visit = [1] * nodes
        self.edge = [EdgeStatus.PENDING] * edges
        self.open_in = list(tables.need)
        self.taken_in = [0] * nodes
        self.failed_in = [0] * nodes
        self.closed = bytearray(nodes)
        """1 when all out-edges of the node have settled, but for rollback edges."""
        self.open_flow = nodes - len(tables.undo)
        self.open_undo = len(tables.undo)
        self.ready: list[int] = []
        """Heap of ready nodes that have not been handed out; an entry counts only while its node is READY."""
        self.queued = bytearray(nodes)
        self.ready_count = 0
        self.ready_aftermath = 0
        self.running: dict[int, None] = {}
        self.waiting: dict[int, None] = {}
        self.due: dict[int, None] = {}
        """Nodes whose in-edges say skipped or blocked, until that has been recorded."""
        self.failures: dict[int, None] = {}
        """Nodes that failed or were cancelled, with nothing to catch it."""
        self.unsettled: dict[int, None] = {}
        """Nodes that succeeded since the last time that declared work was applied."""
        self.deferred: dict[int, None] = {}
        """Of these, the ones whose catch edges wait for it."""
        self.held: dict[int, EdgeStatus] = {}
        """How edges that leave a region will settle when it ends."""
        self.left = [region.size for region in tables.regions]
        self.lap = [1] * len(tables.regions)
        self.ended = [False] * len(tables.regions)
        self.region_failures = [0] * len(tables.regions)
        self.laps_due: dict[int, int] = {}
        """Loops at the end of a lap, and the back-edge that asks for the next one."""
        self.stages_due: dict[int, None] = {}
        """Stages at their end whose declared work is to be applied."""
        for node in range(nodes):
            if not self.open_in[node]:
                self._evaluate(node)

    # Nodes

    def set_status(self, node: int, status: NodeStatus) -> None:
        """Change a node's status and the sets that follow from it."""
        before = self.status[node]
        if before is NodeStatus.READY:
            self.ready_count -= 1
            self.ready_aftermath -= node in self.tables.aftermath
        elif before is NodeStatus.RUNNING:
            del self.running[node]
        elif before is NodeStatus.WAITING:
            del self.waiting[node]
        else:
            self.due.pop(node, None)
        self.status[node] = status
        if status is NodeStatus.READY:
            self.ready_count += 1
            self.ready_aftermath += node in self.tables.aftermath
            self._queue(node)
        elif status is NodeStatus.RUNNING:
            self.running[node] = None
        elif status is NodeStatus.WAITING:
            self.waiting[node] = None

    def queue_again(self) -> None:
        """Hand out again whatever is ready: what was handed out before and not started never will be."""
        for node, status in enumerate(self.status):
            if status is NodeStatus.READY:
                self._queue(node)

    def _queue(self, node: int) -> None:
        if not self.queued[node]:
            self.queued[node] = 1
            heappush(self.ready, node)

    def end(
        self,
        node: int,
        status: NodeStatus,
        *,
        picked: Collection[int] | None = None,
        failure: str = "error",
        declared: bool = False,
    ) -> None:
        """A node has come to its end. `picked` are the out-edges a decision chose, `failure` the kind of a failure."""
        tables = self.tables
        self.set_status(node, status)
        caught = status is NodeStatus.FAILED and is_caught(tables, node, failure)
        if status in {NodeStatus.FAILED, NodeStatus.CANCELLED} and not caught:
            self._count_failure(node)
        if status is NodeStatus.SUCCEEDED:
            self.unsettled[node] = None
        deferred = declared and tables.has_fate_edges[node]
        for e in tables.out[node]:
            kind = tables.edges[e].kind
            if kind is EdgeKind.CONTROL:
                self._settle_edge(e, control_outcome(status, caught, picked is None or e in picked))
            elif kind is EdgeKind.WEAK:
                self._settle_edge(e, EdgeStatus.TAKEN if status in RAN else EdgeStatus.SKIPPED)
            elif not deferred:
                self._settle_catch_edge(e, status, failure)
        if deferred:
            self.deferred[node] = None
        else:
            self._close(node)

    def fail_afterwards(self, node: int, failure: str) -> None:
        """A node that had come to its end turns out to have failed: what it declared could not be applied."""
        tables = self.tables
        deferred = node in self.deferred
        self.set_status(node, NodeStatus.FAILED)
        self.unsettled.pop(node, None)
        caught = deferred and is_caught(tables, node, failure)
        if not caught and node not in self.failures:
            self._count_failure(node)
        for e in tables.out[node]:
            kind = tables.edges[e].kind
            if kind is EdgeKind.CONTROL and self.held.get(e, self.edge[e]) is EdgeStatus.TAKEN:
                self._revise_edge(e, EdgeStatus.SKIPPED if caught else EdgeStatus.FAILED)
            elif kind is EdgeKind.CATCH and deferred:
                self._settle_catch_edge(e, NodeStatus.FAILED, failure)
        if deferred:
            del self.deferred[node]
            self._close(node)
        for region in tables.chain(node):
            if region in self.laps_due and self.region_failures[region]:
                self.end_region(region)

    def mark_settled(self, nodes: Collection[int]) -> None:
        """What these nodes declared is applied: their success is final."""
        for node in nodes:
            self.unsettled.pop(node, None)
            if node in self.deferred:
                del self.deferred[node]
                for e in self.tables.out[node]:
                    if self.tables.edges[e].kind is EdgeKind.CATCH:
                        self._settle_catch_edge(e, NodeStatus.SUCCEEDED, "")
                self._close(node)

    def reset(self, node: int) -> None:
        """Let a node run again, as its next visit. What it led to stays as it is unless it is reset as well."""
        tables = self.tables
        if self.status[node] in {NodeStatus.PENDING, NodeStatus.READY}:
            return
        if self.closed[node]:
            self._reopen(node)
        self.set_status(node, NodeStatus.PENDING)
        self.visit[node] += 1
        if node in self.failures:
            del self.failures[node]
            for region in tables.chain(node):
                self.region_failures[region] -= 1
        self.deferred.pop(node, None)
        self.unsettled.pop(node, None)
        for e in tables.out[node]:
            self._unsettle_edge(e)
        if node in tables.undo:
            for e in tables.into[node]:
                if tables.edges[e].catch == "rollback":
                    self._unsettle_edge(e)
        for region in tables.chain(node):
            if tables.regions[region].header == node:
                self.lap[region] = 1
        if not self.open_in[node]:
            self._evaluate(node)

    def _evaluate(self, node: int) -> None:
        """The join rule: every in-edge of the node has settled."""
        if not self.failed_in[node] and (self.taken_in[node] or not self.tables.decided_by_edges[node]):
            self.set_status(node, NodeStatus.READY)
        else:
            self.due[node] = None

    def _count_failure(self, node: int) -> None:
        self.failures[node] = None
        for region in self.tables.chain(node):
            self.region_failures[region] += 1

    # Edges

    def take_rollback_edge(self, e: int, outcome: EdgeStatus) -> None:
        """Settle a rollback edge, which the flow's end decides and not its source."""
        self._propagate(e, outcome)

    def _settle_edge(self, e: int, outcome: EdgeStatus) -> None:
        holder = self.tables.held_by[e]
        if holder >= 0 and not self.ended[holder]:
            self.held[e] = outcome
        else:
            self._propagate(e, outcome)

    def _settle_catch_edge(self, e: int, status: NodeStatus, failure: str) -> None:
        if self.tables.edges[e].catch != "rollback":
            self._settle_edge(e, catch_outcome(self.tables, e, status, failure))

    def _propagate(self, e: int, outcome: EdgeStatus) -> None:
        """Settle an edge for good, and tell its target."""
        self.edge[e] = outcome
        if not self.tables.counts[e]:
            return
        target = self.tables.target[e]
        self._count_in(e, target, outcome, 1)
        self.open_in[target] -= 1
        if not self.open_in[target] and self.status[target] is NodeStatus.PENDING:
            self._evaluate(target)

    def _count_in(self, e: int, target: int, outcome: EdgeStatus, step: int) -> None:
        if self.tables.edges[e].kind is EdgeKind.WEAK:
            return
        if outcome is EdgeStatus.TAKEN:
            self.taken_in[target] += step
        elif outcome is EdgeStatus.FAILED:
            self.failed_in[target] += step

    def _unsettle_edge(self, e: int) -> None:
        if self.held.pop(e, None) is not None or self.edge[e] is EdgeStatus.PENDING:
            return
        outcome, self.edge[e] = self.edge[e], EdgeStatus.PENDING
        if not self.tables.counts[e]:
            return
        target = self.tables.target[e]
        self._count_in(e, target, outcome, -1)
        self.open_in[target] += 1
        if self.status[target] is NodeStatus.READY:
            self.set_status(target, NodeStatus.PENDING)
        self.due.pop(target, None)

    def _revise_edge(self, e: int, outcome: EdgeStatus) -> None:
        """Settle an edge another way. A target that has started already keeps its state."""
        if e in self.held:
            self.held[e] = outcome
        else:
            self._unsettle_edge(e)
            self._propagate(e, outcome)

    # Regions

    def start_lap(self, region: int) -> None:
        """Reset the body of a loop for its next lap."""
        tables = self.tables
        loop = tables.regions[region]
        self.laps_due.pop(region, None)
        for e in loop.inner:
            self.held.pop(e, None)
            self.edge[e] = EdgeStatus.PENDING
        for node in loop.nodes:
            self.set_status(node, NodeStatus.PENDING)
            self.visit[node] += 1
            self._mark_open(node)
            if node != loop.header:
                self.open_in[node] = tables.need[node]
                self.taken_in[node] = self.failed_in[node] = 0
        self.left[region] = loop.size
        inner = list(loop.children)
        while inner:
            number = inner.pop()
            self.left[number], self.lap[number], self.ended[number] = tables.regions[number].size, 1, False
            inner.extend(tables.regions[number].children)
        self.lap[region] += 1
        self._evaluate(loop.header)

    def end_region(self, region: int) -> None:
        """Settle the edges that leave the region, and tell the region around it."""
        here = self.tables.regions[region]
        self.laps_due.pop(region, None)
        self.stages_due.pop(region, None)
        self.ended[region] = True
        if any(self.edge[e] is not EdgeStatus.SKIPPED for e in here.back_edges):
            self._cut_short(here)
        for e in here.exits:
            self._propagate(e, self.held.pop(e))
        if here.parent >= 0:
            self._count_down(here.parent)

    def _cut_short(self, loop: Region) -> None:
        """A loop that ran out of laps, or failed in one, did not get to its way out: what comes after is blocked."""
        for e in loop.leaving:
            if self.tables.edges[e].kind is EdgeKind.CONTROL and self.held[e] is EdgeStatus.SKIPPED:
                self.held[e] = EdgeStatus.FAILED

    def _close(self, node: int) -> None:
        self.closed[node] = 1
        if node in self.tables.undo:
            self.open_undo -= 1
        else:
            self.open_flow -= 1
        if self.tables.region_of[node] >= 0:
            self._count_down(self.tables.region_of[node])

    def _mark_open(self, node: int) -> None:
        self.closed[node] = 0
        if node in self.tables.undo:
            self.open_undo += 1
        else:
            self.open_flow += 1

    def _count_down(self, region: int) -> None:
        self.left[region] -= 1
        if self.left[region]:
            return
        here = self.tables.regions[region]
        taken = next((e for e in here.back_edges if self.edge[e] is EdgeStatus.TAKEN), None)
        if here.kind == "stage" and any(node in self.unsettled for node in here.nodes):
            self.stages_due[region] = None
        elif taken is not None and not self.region_failures[region]:
            self.laps_due[region] = taken
        else:
            self.end_region(region)

    def _reopen(self, node: int) -> None:
        """A settled node is to run again: what had ended around it has not."""
        self._mark_open(node)
        region = self.tables.region_of[node]
        while region >= 0:
            self.left[region] += 1
            self.laps_due.pop(region, None)
            self.stages_due.pop(region, None)
            if not self.ended[region]:
                return
            self.ended[region] = False
            for e in self.tables.regions[region].leaving:
                outcome = self.held.get(e, self.edge[e])
                if outcome is not EdgeStatus.PENDING:
                    self._unsettle_edge(e)
                    self.held[e] = self._before_cut(e, outcome)
            region = self.tables.regions[region].parent

    def _before_cut(self, e: int, outcome: EdgeStatus) -> EdgeStatus:
        """How an edge stood before a loop that it leaves was cut short."""
        source = self.tables.source[e]
        stands = self.status[source] in {NodeStatus.SUCCEEDED, NodeStatus.SKIPPED} or (
            self.status[source] is NodeStatus.FAILED and source not in self.failures
        )
        return EdgeStatus.SKIPPED if outcome is EdgeStatus.FAILED and stands else outcome
