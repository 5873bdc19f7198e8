"""The statements of a flowchart, above all `A & B -- text --> C[label]`: this is the hot loop of its parser."""

from __future__ import annotations

import re
from typing import TypeAlias

from mermaid_flow.syntax._allocation import maker_of
from mermaid_flow.syntax._flowchart_arrows import Arrow, read_arrow
from mermaid_flow.syntax._flowchart_draft import NOTHING, ChartDraft, EdgeDraft, VertexDraft, appended
from mermaid_flow.syntax._flowchart_lexer import Run
from mermaid_flow.syntax._flowchart_nodes import Text, apply_data, apply_edge_data, read_bracket, read_label
from mermaid_flow.syntax._flowchart_styling import STYLERS
from mermaid_flow.syntax.flowchart import ClassUse, Definition
from mermaid_flow.syntax.source import Span

Mention: TypeAlias = tuple[str, Span]
Match: TypeAlias = "re.Match[str]"

_JOINTS = frozenset(("LINK", "SEPARATOR", "AMPERSAND"))
_MOST_EDGES = 2_500
"""Edges that one arrow may make by `&`: `A & B --> C & D` is four. Mermaid refuses a diagram of more than 500."""

_make_definition = maker_of(Definition)


def read_run(chart: ChartDraft, run: Run, members: dict[str, Span] | None) -> None:
    """Read a run of statements into the chart. The nodes that its chains name are noted in `members`, if given."""
    left: list[Mention] = []
    right: list[Mention] = []
    link: Match | None = None
    span, vertices, edge_ids = chart.span, chart.vertices, chart.edge_ids
    text = run.steps[0].string
    for step in run.steps:
        kind = step.lastgroup
        if kind not in _JOINTS:
            if kind is not None:
                STYLERS[kind](chart, step)
            continue
        start, end = step.start(), step.end("id_end")
        name = text[start:end]
        place = span(start, end)
        right.append((name, place))
        if name in edge_ids:
            apply_edge_data(chart, name, step)
        else:
            if members is not None:
                members.setdefault(name, place)
            draft = vertices.get(name)
            if draft is None:
                draft = vertices[name] = VertexDraft(
                    name, name, "rect", place, None, "text", None, (), (), None, (), NOTHING
                )  # fmt: skip
            node_end = step.end("node_end")
            if node_end > end:
                _define(chart, draft, step, end, node_end)
        if kind == "AMPERSAND":
            continue
        if link is not None:
            _connect(chart, left, link, right)
        link = step if kind == "LINK" else None
        left, right = right, []


def _define(chart: ChartDraft, draft: VertexDraft, step: Match, id_end: int, node_end: int) -> None:
    """Give a node what its mention says: brackets, a class, `@{…}`."""
    text = step.string
    bracket_end = step.end("bracket_end")
    if bracket_end > id_end:
        form, (draft.label, draft.label_type, start, end), pair = read_bracket(text, id_end, bracket_end)
        draft.type = form
        draft.label_span = chart.span(start, end)
        definition = _make_definition(draft.label, form, chart.span(step.start(), bracket_end))
        draft.definitions = appended(draft.definitions, definition)
        if pair:
            draft.properties = {**draft.properties, "props": pair}
        if bracket_end == node_end:
            return
    class_end = step.end("class_end")
    if class_end > bracket_end:
        name = text[bracket_end + 3 : class_end]
        chart.class_uses.append(ClassUse(name, (draft.id,), chart.span(bracket_end + 3, class_end)))
        chart.give_class(draft.id, name)
    if node_end > class_end:
        apply_data(chart, draft, text, class_end, node_end)


def _connect(chart: ChartDraft, left: list[Mention], link: Match, right: list[Mention]) -> None:
    """Add the edges of one arrow, from each node on its left to each on its right."""
    arrow, label, place = _read_link(chart, link)
    if len(left) * len(right) > _MOST_EDGES:
        chart.report(
            f"this arrow would make {len(left) * len(right)} edges", place, "draw a node between the two groups"
        )
        return
    words, kind, label_place = "", "text", None
    if label is not None:
        words, kind, start, end = label
        label_place = chart.span(start, end)
    edges = chart.edges
    properties = {"curve": chart.default_edge_curve} if chart.default_edge_curve else NOTHING
    for source, source_place in left:
        for target, target_place in right:
            edges.append(
                EdgeDraft(
                    len(edges), source, target, words, arrow.stroke, arrow.type, arrow.length, place,
                    label_place, source_place, target_place, None, kind, (), (), properties,
                )
            )  # fmt: skip
    edge_id = link["edge_id"]
    if edge_id:
        # Of several edges, the one from the last node on the left to the first on the right gets the id.
        edge = edges[-len(right)]
        if edge_id in chart.edge_ids:
            chart.warn(f"there is an edge {edge_id} already; Mermaid drops the id", place)
        else:
            edge.id = edge_id
            chart.edge_ids[edge_id] = edge


def _read_link(chart: ChartDraft, link: Match) -> tuple[Arrow, Text | None, Span]:
    text = link.string
    label = None
    written = link["arrow"]
    if written:
        arrow = read_arrow("", written)
        begin, end = link.span("arrow")
        if link.end("label_end") >= 0:
            label = read_label(text, link.end("label"), link.start("label_end"))
            end = link.end("label_end") + 1
        elif written[-1] in "xo" and link.end("LINK") == end:
            message = f"Mermaid reads `{written}` as the arrow and {text[end]!r} as the beginning of the node"
            chart.warn(message, chart.span(begin, end))
        elif written[-1] == "-" and "\n" in text[link.start("LINK") : begin] and "\n" in text[end : link.end("LINK")]:
            chart.warn("Mermaid reads this line as a link between the lines around it", chart.span(begin, end))
    else:
        arrow = read_arrow(link["opening"], link["closing"])
        begin, end = link.start("opening"), link.end("closing")
        label = read_label(text, link.end("opening") + 2, link.start("closing"))
    place = chart.span(begin, end)
    if arrow.mistake:
        chart.report(arrow.mistake, place, "write both ends alike, with a space before and after the arrow")
    return arrow, label, place
