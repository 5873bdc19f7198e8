"""Which ready nodes may start now: so many at once in the run, so many at once in a subgraph, in source order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush

from mermaid_flow.graph.model import FlowGraph


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """A node's turn to run. Turns are taken in source order."""

    order: int
    node: str = field(compare=False)
    visit: int = field(compare=False)
    attempt: int = field(default=1, compare=False)


class Agenda:
    """Turns that wait for room, and the room that is taken. `limits` are by subgraph id."""

    def __init__(self, graph: FlowGraph, parallel: int, limits: Mapping[str, int]) -> None:
        self._graph = graph
        self._free = parallel
        self._room = dict(limits)
        self._turns: list[Turn] = []
        self._parked: dict[str, list[Turn]] = {group: [] for group in limits}

    def add(self, node: str, visit: int, attempt: int = 1) -> None:
        """Put a node in the queue."""
        heappush(self._turns, Turn(self._graph.nodes[node].order, node, visit, attempt))

    def starting(self, is_due: Callable[[Turn], bool]) -> Iterator[Turn]:
        """Take the turns for which there is room; each one takes its room. What is not due any more is dropped."""
        while self._free > 0 and self._turns:
            turn = heappop(self._turns)
            due = is_due(turn)
            full = next((group for group in self._groups(turn.node) if not self._room[group]), None)
            if due and full is None:
                self.occupy(turn.node)
                yield turn
                continue
            if due and full is not None:
                heappush(self._parked[full], turn)
            self._unpark(turn.node)

    def occupy(self, node: str) -> None:
        """Take the room of a node that runs."""
        self._free -= 1
        for group in self._groups(node):
            self._room[group] -= 1

    def release(self, node: str) -> None:
        """Give back the room of a node that has stopped running."""
        self._free += 1
        for group in self._groups(node):
            self._room[group] += 1
        self._unpark(node)

    def _unpark(self, node: str) -> None:
        """For each of the node's groups with room, let one that was parked there have its turn."""
        for group in self._groups(node):
            if self._room[group] and self._parked[group]:
                heappush(self._turns, heappop(self._parked[group]))

    def _groups(self, node: str) -> list[str]:
        return [stage for stage in self._graph.nodes[node].stages if stage in self._room] if self._room else []
