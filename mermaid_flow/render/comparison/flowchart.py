"""What differs between two flowcharts, or two runs of flowcharts: boxes, arrows, decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.comparison.model import (
    ArrowDifference,
    Change,
    Comparison,
    Fate,
    NodeDifference,
    differing,
)
from mermaid_flow.render.comparison.runs import (
    different_durations,
    different_facts,
    different_inputs,
    happened,
    names_of,
)
from mermaid_flow.render.summary import answers
from mermaid_flow.syntax.flowchart import Edge, Flowchart


def compare_flowcharts(before: Flowchart, after: Flowchart, names: tuple[str, str]) -> Comparison:
    """What differs between two flowcharts; boxes are the same when their ids are."""
    nodes = [
        difference
        for node in dict.fromkeys([*after.vertices, *before.vertices])
        if (difference := _vertex_difference(node, before, after))
    ]
    return Comparison(*names, nodes=tuple(nodes), arrows=tuple(_arrow_differences(before, after)))


def compare_flowchart_runs(
    before: RunRecord,
    after: RunRecord,
    diagrams: tuple[Flowchart, Flowchart],
    inputs: tuple[Mapping[str, object], Mapping[str, object]],
) -> Comparison:
    """What differs between two runs: of their diagrams, and of what happened. `inputs` are those recorded with them."""
    drawn = compare_flowcharts(*diagrams, names_of(before, after))
    nodes = {difference.id: difference for difference in drawn.nodes}
    in_both = [(before.nodes[node.id], node) for node in after.nodes.values() if node.id in before.nodes]
    for old, new in in_both:
        found = tuple(happened(old, new))
        if found:
            known = nodes[new.id].changes if new.id in nodes else ()
            nodes[new.id] = NodeDifference(new.id, new.label, Fate.CHANGED, (*known, *found))
    order = {node: place for place, node in enumerate(dict.fromkeys([*after.nodes, *before.nodes]))}
    return Comparison(
        drawn.before,
        drawn.after,
        nodes=tuple(sorted(nodes.values(), key=lambda difference: order[difference.id])),
        arrows=drawn.arrows,
        run=different_facts(before, after),
        decisions=tuple(differing(_answers(before), _answers(after))),
        inputs=different_inputs(*inputs),
        durations=different_durations(before, after, in_both),
    )


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


def _answers(record: RunRecord) -> dict[str, str | None]:
    return {
        f"{found.question} (visit {found.visit})" if found.visit > 1 else found.question: found.answer
        for found in answers(record)
    }
