"""Diagrams too large to be drawn, made smaller: each outermost subgraph becomes one box with what its nodes came to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mermaid_flow.engine.events import EdgeStatus
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.drawing import DrawingTooLarge
from mermaid_flow.render.labels import quoted_label
from mermaid_flow.render.looks import BOXES, LINES, Look, arrow_statuses, node_look
from mermaid_flow.render.mermaid import executed_diagram
from mermaid_flow.render.words import counted
from mermaid_flow.syntax.flowchart import Flowchart

Drawn = TypeVar("Drawn")

_PRECEDENCE = (
    Look.FAILED,
    Look.WAITING,
    Look.RUNNING,
    Look.CANCELLED,
    Look.SUCCEEDED,
    Look.NOT_REACHED,
    Look.NOTHING_TO_DO,
    Look.SKIPPED,
)
"""A box shows the first of these that one of its nodes has."""


def drawn_within_limits(record: RunRecord, draw: Callable[[str], Drawn]) -> tuple[Drawn, str]:
    """What `draw` makes of the run's diagram, or of its overview when it is too large; and a note that says so.

    Raises DrawingTooLarge when the overview is too large as well, or when there is none.
    """
    try:
        return draw(executed_diagram(record)), ""
    except DrawingTooLarge as error:
        smaller = overview(record)
        if smaller is None:
            raise
        return draw(smaller), f"{error.message}, so each subgraph is drawn as one box"


def overview(record: RunRecord) -> str | None:
    """Mermaid text of the run with subgraphs as boxes, or None when the diagram has none."""
    diagram, graph = record.diagram, record.graph
    if not isinstance(diagram, Flowchart) or graph is None or not graph.stages:
        return None
    box_of = {node: (stages[-1] if (stages := graph.nodes[node].stages) else node) for node in record.nodes}
    box_of.update({stage: _outermost(stage, record) for stage in graph.stages})
    members: dict[str, list[str]] = {}
    for node in record.nodes:
        members.setdefault(box_of[node], []).append(node)
    names = {box: f"n{number}" for number, box in enumerate(members)}
    lines = [f"flowchart {diagram.direction}"]
    for box, nodes in members.items():
        stage = graph.stages.get(box)
        label = f"{stage.title} ({counted(len(nodes), 'node')})" if stage else record.nodes[box].label
        look = min((node_look(record.nodes[node]) for node in nodes), key=_PRECEDENCE.index)
        lines.append(f'{names[box]}["{quoted_label(label or box, 60)}"]:::{look.value}')
    arrows: dict[tuple[str, str], EdgeStatus] = {}
    for index, status in arrow_statuses(record).items():
        ends = (box_of[diagram.edges[index].start], box_of[diagram.edges[index].end])
        if ends[0] != ends[1]:
            arrows[ends] = status if arrows.get(ends) is not EdgeStatus.TAKEN else EdgeStatus.TAKEN
    for number, ((start, end), status) in enumerate(arrows.items()):
        lines += [f"{names[start]} --> {names[end]}", f"linkStyle {number} {LINES[status].css}"]
    lines += [f"classDef {look.value} {BOXES[look].css}" for look in Look]
    return "\n".join(lines) + "\n"


def _outermost(stage: str, record: RunRecord) -> str:
    assert record.graph is not None  # noqa: S101 - the caller has looked
    parent = record.graph.stages[stage].parent
    return stage if parent is None else _outermost(parent, record)
