"""A run as Mermaid text: each kind of diagram has a module that draws it."""

from __future__ import annotations

from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.escaping import visible_source
from mermaid_flow.render.flowchart import executed_flowchart
from mermaid_flow.render.sequence import executed_sequence
from mermaid_flow.syntax.flowchart import Flowchart


def executed_diagram(record: RunRecord) -> str:
    """The run as a diagram, for any host that shows Mermaid.

    A flowchart's text comes first, as it was run; only characters that could steer a terminal or turn the direction of
    writing are replaced by their codes. A sequence is unrolled.
    """
    if isinstance(record.diagram, Flowchart):
        return visible_source(executed_flowchart(record, record.diagram))
    assert record.tree is not None  # noqa: S101 - a record has the model of its diagram
    return executed_sequence(record, record.diagram, record.tree)
