"""In which order a failed run is rolled back: the nodes that ended last are undone first, one after the other."""

from __future__ import annotations

from mermaid_flow.engine._edge_outcomes import RAN
from mermaid_flow.engine._flow_state import FlowState
from mermaid_flow.engine.events import EdgeStatus, NodeStatus


class RollbackOrder:
    """Settles rollback edges when the flow has come to its end: all skipped when nothing failed."""

    def __init__(self, state: FlowState) -> None:
        self._state = state
        self._edges: dict[int, list[int]] = {}
        for e in state.tables.rollbacks:
            self._edges.setdefault(state.tables.source[e], []).append(e)
        self._ended: dict[int, None] = {}
        """Nodes with rollback edges in the order in which they last ended."""
        self._stack: list[int] | None = None
        """Nodes still to be rolled back, the next one last; None while the flow goes on."""

    def note_end(self, node: int, status: NodeStatus) -> None:
        """A node has ended: its work may have to be undone."""
        if node in self._edges and status in RAN:
            self._ended.pop(node, None)
            self._ended[node] = None

    def forget(self, node: int) -> None:
        """A node is to run again: the flow goes on."""
        self._stack = None
        self._ended.pop(node, None)

    def step(self) -> None:
        """Settle rollback edges until there is something to do again, or none are left."""
        state = self._state
        if self._stack is None:
            self._stack = list(self._ended) if state.failures else []
            for node, edges in self._edges.items():
                if node not in self._ended or not state.failures:
                    self._settle(edges, EdgeStatus.SKIPPED)
        while self._stack and not (state.ready_aftermath or state.due):
            self._settle(self._edges[self._stack.pop()], EdgeStatus.TAKEN)

    def _settle(self, edges: list[int], outcome: EdgeStatus) -> None:
        for e in edges:
            if self._state.edge[e] is EdgeStatus.PENDING:
                self._state.take_rollback_edge(e, outcome)
