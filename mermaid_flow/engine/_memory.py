"""What the nodes returned so far, who may see it, and what of it still holds when nodes run again.

Two digests decide whether a node has to run again: one of what its handler reads outside the graph (the worker gives
it) and one of its *lineage*, the values of all nodes before it. Lineages are chained, so that each costs the node's
in-edges only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.graph.zones import leading_to

_NOTHING: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Remembered:
    """A result that stands if neither digest has changed. `origin` says whose it is: `{"visit": 1}`, `{"run": …}`."""

    values: Mapping[str, object]
    skipped: str | None
    inputs: str
    lineage: str
    origin: Mapping[str, object]


class Memory:
    """Values and lineages of a run, folded from its events. One owner; the views it hands out are for any thread."""

    def __init__(self, graph: FlowGraph, reusable: Mapping[str, Remembered] | None = None) -> None:
        self._graph = graph
        self._values: dict[str, Mapping[str, object]] = {}
        self._digests: dict[str, bytes] = {}
        self._lineages: dict[str, bytes] = {}
        self._results: dict[str, Remembered] = {}
        self._reusable = dict(reusable or {})

    def note(self, event: Event) -> None:
        """Fold one event."""
        node = event.node
        if node is None:
            return
        if event.type in {EventType.NODE_STARTED, EventType.NODE_WAITING}:
            self._lineages[node] = self._lineage(node)
        elif event.type is EventType.NODE_SUCCEEDED:
            self._note_success(node, event)
        elif event.type is EventType.DECISION_ANSWERED:
            self._set(node, {"value": event.data.get("value"), "labels": event.data.get("labels")})
        elif event.type is EventType.NODE_APPROVED:
            self._set(node, {key: event.data.get(key, "") for key in ("by", "choice", "comment")})
        elif event.type is EventType.NODE_RESET:
            self._note_reset(node, event)

    def lineage(self, node: str) -> str:
        """The lineage of a node that has started, in hex."""
        return self._lineages.get(node, b"").hex()

    def reusable(self, node: str, inputs: str) -> Remembered | None:
        """The result that a node need not run for again, given what its handler reads now; it is handed out once."""
        remembered = self._reusable.pop(node, None)
        if remembered is None or not inputs or remembered.inputs != inputs:
            return None
        return remembered if remembered.lineage == self._lineage(node).hex() else None

    def has_reusable(self, node: str) -> bool:
        """Whether there is anything to ask `reusable` for."""
        return node in self._reusable

    def results(self) -> Mapping[str, Remembered]:
        """The results that stand, for a run that wants to take them over."""
        return self._results

    def seen_by(self, node: str) -> Mapping[str, Mapping[str, object]]:
        """What the node's ancestors returned, by node id."""
        return AncestorValues(self._graph, node, self._values)

    def _note_success(self, node: str, event: Event) -> None:
        values, skipped = event.data.get("values"), event.data.get("skipped")
        self._set(node, values if isinstance(values, Mapping) and values else _NOTHING)
        if node not in self._lineages or "reused" in event.data:
            self._lineages[node] = self._lineage(node)
        inputs = event.data.get("inputs")
        if isinstance(inputs, str) and not event.data.get("declared"):
            # What was only declared has to be declared again: another process does not know of it.
            self._results[node] = Remembered(
                values=self._values[node],
                skipped=None if skipped is None else str(skipped),
                inputs=inputs,
                lineage=self.lineage(node),
                origin={"visit": event.visit},
            )

    def _note_reset(self, node: str, event: Event) -> None:
        self._values.pop(node, None)
        self._digests.pop(node, None)
        self._lineages.pop(node, None)
        result = self._results.pop(node, None)
        if result is not None and event.data.get("reuse") is True:
            self._reusable[node] = result
        elif event.data.get("reuse") is not True:
            self._reusable.pop(node, None)

    def _set(self, node: str, values: Mapping[str, object]) -> None:
        self._values[node] = values
        self._digests.pop(node, None)
        if values:
            self._digests[node] = _digest(json.dumps(values, sort_keys=True))

    def _lineage(self, node: str) -> bytes:
        sources = {edge.source for edge in self._graph.incoming[node]}
        digest = blake2b(digest_size=16)
        for source in sorted(sources & self._lineages.keys()):
            digest.update(_digest(source) + self._lineages[source] + self._digests.get(source, b""))
        return digest.digest()


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class AncestorValues(Mapping[str, Mapping[str, object]]):
    """What the ancestors of a node returned. They are looked for when somebody asks: most handlers never do."""

    def __init__(self, graph: FlowGraph, node: str, values: Mapping[str, Mapping[str, object]]) -> None:
        self._graph = graph
        self._node = node
        self._values = values
        self._found: frozenset[str] | None = None

    def __getitem__(self, node: str) -> Mapping[str, object]:
        if node not in self._ancestors:
            raise KeyError(node)
        return self._values[node]

    def __iter__(self) -> Iterator[str]:
        return (node for node in self._graph.nodes if node in self._ancestors and node in self._values)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def _ancestors(self) -> frozenset[str]:
        if self._found is None:
            self._found = frozenset(leading_to(self._graph, self._node))
        return self._found
