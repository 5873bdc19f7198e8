"""Which comparison fits two diagrams or runs: flowcharts with flowcharts, sequences with sequences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.render.comparison.flowchart import compare_flowchart_runs, compare_flowcharts
from mermaid_flow.render.comparison.flowchart_drawing import both_flowcharts
from mermaid_flow.render.comparison.model import Comparison
from mermaid_flow.render.comparison.runs import names_of
from mermaid_flow.render.comparison.sequence import compare_sequence_runs, compare_sequences
from mermaid_flow.render.comparison.sequence_drawing import both_sequences
from mermaid_flow.render.escaping import visible_source
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.sequence import SequenceDiagram

Diagram: TypeAlias = Flowchart | SequenceDiagram


def compare_diagrams(before: Diagram, after: Diagram, names: tuple[str, str]) -> Comparison:
    """What differs between two diagrams. Raises MflowError for a flowchart and a sequence."""
    match before, after:
        case Flowchart(), Flowchart():
            return compare_flowcharts(before, after, names)
        case SequenceDiagram(), SequenceDiagram():
            return compare_sequences(before, after, names)
    raise _unlike((before, after), names)


def compare_runs(
    before: RunRecord, after: RunRecord, inputs: tuple[Mapping[str, object], Mapping[str, object]]
) -> Comparison:
    """What differs between two runs: of their diagrams, and of what happened. `inputs` are those recorded with them.

    Raises MflowError for a run of a flowchart and one of a sequence.
    """
    match before.diagram, after.diagram:
        case Flowchart() as old, Flowchart() as new:
            return compare_flowchart_runs(before, after, (old, new), inputs)
        case SequenceDiagram() as old, SequenceDiagram() as new:
            return compare_sequence_runs(before, after, (old, new), inputs)
    first, second = names_of(before, after)
    raise _unlike((before.diagram, after.diagram), (f"run {first}", f"run {second}"))


def as_mermaid(found: Comparison, before: Diagram, after: Diagram) -> str:
    """Both diagrams in one, as Mermaid text: what was added, removed and changed is marked as such."""
    if isinstance(before, SequenceDiagram) and isinstance(after, SequenceDiagram):
        return visible_source(both_sequences(found, before, after))
    assert isinstance(after, Flowchart)  # noqa: S101 - no comparison mixes them
    return visible_source(both_flowcharts(found, after))


def _unlike(diagrams: tuple[Diagram, Diagram], names: tuple[str, str]) -> MflowError:
    first, second = (
        f"{name} is a {'flowchart' if isinstance(diagram, Flowchart) else 'sequence diagram'}"
        for diagram, name in zip(diagrams, names, strict=True)
    )
    return MflowError(
        f"{first} and {second}",
        code="diff.kinds",
        hint="compare two flowcharts or two sequence diagrams",
    )
