"""What differs between two runs whatever their diagrams are: facts, inputs, durations, what a node came to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mermaid_flow.engine.nested_runs import run_name
from mermaid_flow.engine.record import NodeRecord, RunRecord
from mermaid_flow.render.comparison.model import Change, differing
from mermaid_flow.render.looks import WORDS, node_look
from mermaid_flow.render.summary import changes_text, shown
from mermaid_flow.render.words import duration

_NOTICEABLE = 1.0
"""Seconds. Durations that differ by less, or by less than a fifth, are called the same."""


def names_of(before: RunRecord, after: RunRecord) -> tuple[str, str]:
    """What commands call the two runs."""
    return run_name(before.metadata, before.path), run_name(after.metadata, after.path)


def different_facts(before: RunRecord, after: RunRecord) -> tuple[Change, ...]:
    """Outcome, diagram, target and component, where they differ."""
    return tuple(differing(_facts(before), _facts(after)))


def different_inputs(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Change, ...]:
    """The inputs that differ, by their path."""
    return tuple(differing(dict(_leaves(before)), dict(_leaves(after))))


def different_durations(
    before: RunRecord, after: RunRecord, nodes: Iterable[tuple[NodeRecord, NodeRecord]]
) -> tuple[Change, ...]:
    """Durations that noticeably differ: of the whole run, and of the pairs of nodes that ran in both."""
    pairs = [("the whole run", before.seconds, after.seconds)]
    pairs += [(new.label or new.id, old.seconds, new.seconds) for old, new in nodes if _ran(old) and _ran(new)]
    return tuple(
        Change(what, duration(first), duration(second))
        for what, first, second in pairs
        if abs(first - second) >= max(_NOTICEABLE, max(first, second) / 5)
    )


def happened(before: NodeRecord, after: NodeRecord) -> Iterator[Change]:
    """What differs in what a node came to."""
    old, new = WORDS[node_look(before)], WORDS[node_look(after)]
    if old != new:
        yield Change("outcome", old, new)
    if before.visits and after.visits and len(before.visits) != len(after.visits):
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


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """The values of an input by their path; lists count as a whole, since their elements have no names."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif path:
        yield path, shown(value)


def _ran(node: NodeRecord) -> bool:
    return node.last is not None and node.last.started is not None
