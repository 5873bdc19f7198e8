"""What differs between two diagrams or two runs: boxes, arrows, decisions, inputs, durations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mermaid_flow.engine.record import NodeRecord, RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.render.looks import WORDS, node_look
from mermaid_flow.render.summary import answers, changes_text, shown
from mermaid_flow.render.words import duration
from mermaid_flow.syntax.flowchart import Edge, Flowchart
from mermaid_flow.syntax.sequence import SequenceDiagram

_NOTICEABLE = 1.0
"""Seconds. Durations that differ by less, or by less than a fifth, are called the same."""


class Fate(StrEnum):
    """What became of a box or an arrow from the first to the second."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """A value in the first and in the second; None where it is not there."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class NodeDifference:
    """A box that is in one only, or differs."""

    id: str
    label: str
    fate: Fate
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class ArrowDifference:
    """An arrow that is in one only. `index` is its place in the diagram that has it."""

    start: str
    end: str
    label: str
    fate: Fate
    index: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs. `before` and `after` name what is compared."""

    before: str
    after: str
    nodes: tuple[NodeDifference, ...] = ()
    arrows: tuple[ArrowDifference, ...] = ()
    run: tuple[Change, ...] = ()
    """Outcome, diagram, target, component."""
    decisions: tuple[Change, ...] = ()
    inputs: tuple[Change, ...] = ()
    durations: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        parts = (self.nodes, self.arrows, self.run, self.decisions, self.inputs, self.durations)
        return any(parts)


def compare_diagrams(before: Flowchart, after: Flowchart, names: tuple[str, str]) -> Comparison:
    """What differs between two flowcharts; boxes are the same when their ids are."""
    nodes = [
        difference
        for node in dict.fromkeys([*after.vertices, *before.vertices])
        if (difference := _vertex_difference(node, before, after))
    ]
    return Comparison(*names, nodes=tuple(nodes), arrows=tuple(_arrow_differences(before, after)))


def compare_runs(
    before: RunRecord, after: RunRecord, inputs: tuple[Mapping[str, object], Mapping[str, object]]
) -> Comparison:
    """What differs between two runs: of their diagrams, and of what happened. `inputs` are those recorded with them."""
    drawn = compare_diagrams(flowchart_of(before), flowchart_of(after), (before.id, after.id))
    nodes = {difference.id: difference for difference in drawn.nodes}
    for node in after.nodes.values():
        if node.id in before.nodes:
            happened = tuple(_happened(before.nodes[node.id], node))
            known = nodes.get(node.id)
            if happened:
                changes = (*(known.changes if known else ()), *happened)
                nodes[node.id] = NodeDifference(node.id, node.label, Fate.CHANGED, changes)
    order = [*after.nodes, *before.nodes]
    return Comparison(
        before.id,
        after.id,
        nodes=tuple(sorted(nodes.values(), key=lambda difference: order.index(difference.id))),
        arrows=drawn.arrows,
        run=tuple(_different(_facts(before), _facts(after))),
        decisions=tuple(_different(_answers(before), _answers(after))),
        inputs=tuple(_different(dict(_leaves(inputs[0])), dict(_leaves(inputs[1])))),
        durations=tuple(_durations(before, after)),
    )


def flowchart_of(record: RunRecord) -> Flowchart:
    """The run's diagram. Raises MflowError for a sequence diagram."""
    return as_flowchart(record.diagram, record.metadata.diagram)


def as_flowchart(diagram: Flowchart | SequenceDiagram, name: str) -> Flowchart:
    """The diagram when it is a flowchart. Raises MflowError for a sequence diagram."""
    if isinstance(diagram, SequenceDiagram):
        raise MflowError(f"{name} is a sequence diagram; flowcharts can be compared", code="diff.kind")
    return diagram


def _vertex_difference(node: str, before: Flowchart, after: Flowchart) -> NodeDifference | None:
    old, new = before.vertices.get(node), after.vertices.get(node)
    if old is None or new is None:
        there = new or old
        assert there is not None  # noqa: S101 - the id comes from one of the two
        return NodeDifference(node, there.label, Fate.REMOVED if new is None else Fate.ADDED)
    pairs = {
        "label": (old.label, new.label),
        "shape": (old.shape, new.shape),
        "subgraph": (old.parent, new.parent),
    }
    changes = tuple(Change(what, first, second) for what, (first, second) in pairs.items() if first != second)
    return NodeDifference(node, new.label, Fate.CHANGED, changes) if changes else None


def _arrow_differences(before: Flowchart, after: Flowchart) -> Iterator[ArrowDifference]:
    for diagram, other, fate in ((after, before, Fate.ADDED), (before, after, Fate.REMOVED)):
        left = Counter(map(_key, other.edges))
        for edge in diagram.edges:
            if left[_key(edge)]:
                left[_key(edge)] -= 1
            else:
                yield ArrowDifference(edge.start, edge.end, edge.label, fate, edge.index)


def _key(edge: Edge) -> tuple[str, ...]:
    return (edge.start, edge.end, edge.label, edge.stroke, edge.type)


def _happened(before: NodeRecord, after: NodeRecord) -> Iterator[Change]:
    old, new = WORDS[node_look(before)], WORDS[node_look(after)]
    if old != new:
        yield Change("outcome", old, new)
    if len(before.visits) != len(after.visits):
        yield Change("visits", str(len(before.visits)), str(len(after.visits)))
    first, second = (changes_text(node.last.changes) if node.last else "" for node in (before, after))
    if first != second:
        yield Change("resources", first or "none", second or "none")


def _facts(record: RunRecord) -> dict[str, str]:
    metadata = record.metadata
    return {
        "outcome": record.status.value,
        "diagram": metadata.diagram,
        "target": metadata.target,
        "component": metadata.component,
    }


def _answers(record: RunRecord) -> dict[str, str]:
    return {
        f"{found.question} (visit {found.visit})" if found.visit > 1 else found.question: found.answer
        for found in answers(record)
    }


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """The values of an input by their path; lists count as a whole, since their elements have no names."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif path:
        yield path, shown(value)


def _durations(before: RunRecord, after: RunRecord) -> Iterator[Change]:
    pairs = [("the whole run", before.seconds, after.seconds)]
    pairs += [
        (node.label or node.id, before.nodes[node.id].seconds, node.seconds)
        for node in after.nodes.values()
        if node.id in before.nodes and _ran(before.nodes[node.id]) and _ran(node)
    ]
    for what, first, second in pairs:
        if abs(first - second) >= max(_NOTICEABLE, max(first, second) / 5):
            yield Change(what, duration(first), duration(second))


def _ran(node: NodeRecord) -> bool:
    return node.last is not None and node.last.started is not None


def _different(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for what in dict.fromkeys([*after, *before]):
        if before.get(what) != after.get(what):
            yield Change(what, before.get(what), after.get(what))
