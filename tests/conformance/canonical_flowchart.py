"""A flowchart as the conformance rows describe it: keys are left out when empty, false or null, unless always there."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mermaid_flow.syntax.flowchart import Edge, Flowchart, Subgraph, Vertex
from mermaid_flow.syntax.source import Source, Span

_EDGE_VALUES = {"animate": lambda value: value == "true", "step": lambda value: int(value) if value.isdigit() else None}
_BOTTOM_RIGHT = re.compile(r"^\s*(?:graph|flowchart(?:-elk)?)[^\S\n]+BR(?![^;\s])", re.MULTILINE)
_TAG = re.compile(r"</?[A-Za-z][^>]*>")


def canonical_flowchart(chart: Flowchart) -> dict[str, object]:
    return {
        "direction": _direction(chart),
        "vertices": [_vertex(vertex, chart.source) for _, vertex in sorted(chart.vertices.items())],
        "edges": [_edge(edge, chart.source) for edge in chart.edges],
        "subgraphs": [_subgraph(subgraph, chart.source) for subgraph in chart.subgraphs],
        **_filled(
            title=chart.title,
            acc_title=chart.acc_title,
            acc_descr=chart.acc_descr,
            class_defs={name: list(styles) for name, styles in chart.class_defs.items()},
            edge_default_style=list(chart.default_edge_style),
            edge_default_curve=chart.default_edge_curve,
        ),
    }


def _direction(chart: Flowchart) -> str:
    """Mermaid keeps a BR as it is written, though it draws it as TB."""
    return "BR" if chart.direction == "TB" and _BOTTOM_RIGHT.search(chart.source.text) else chart.direction


def _vertex(vertex: Vertex, source: Source) -> dict[str, object]:
    properties: dict[str, object] = dict(vertex.properties)
    # The rows were made where callbacks are not allowed, so they hold none.
    properties.pop("callback", None)
    for key in ("w", "h"):
        if vertex.properties.get(key, "").isdigit():
            properties[key] = int(vertex.properties[key])
    if "props" in properties:
        key, _, value = vertex.properties["props"].partition(":")
        properties["props"] = {key: value}
    if properties.get("link", "").count("/") == 2:
        properties["link"] += "/"
    return {
        "id": vertex.id,
        "label": vertex.label,
        "label_type": vertex.label_type,
        "type": vertex.type,
        "shape": vertex.shape,
        "classes": list(vertex.classes),
        **_filled(
            label_raw=_raw(vertex.label, vertex.label_span, source),
            styles=list(vertex.styles),
            parent=vertex.parent,
            **properties,
        ),
    }


def _edge(edge: Edge, source: Source) -> dict[str, object]:
    return {
        "start": edge.start,
        "end": edge.end,
        "label": edge.label,
        "stroke": edge.stroke,
        "type": edge.type,
        "length": edge.length,
        **_filled(
            id=edge.id,
            label_type=edge.label_type if edge.label else "",
            label_raw=_raw(edge.label, edge.label_span, source),
            classes=list(edge.classes),
            style=_edge_style(edge.style),
            **{key: _EDGE_VALUES.get(key, str)(value) for key, value in edge.properties.items()},
        ),
    }


def _edge_style(style: tuple[str, ...]) -> list[str]:
    """Mermaid adds `fill:none` to a style that does not fill."""
    return [*style, *(["fill:none"] if style and not any(item.startswith("fill") for item in style) else [])]


def _subgraph(subgraph: Subgraph, source: Source) -> dict[str, object]:
    return {
        "id": subgraph.id,
        "title": subgraph.title,
        "label_type": subgraph.label_type,
        "nodes": sorted(subgraph.nodes),
        "dir": subgraph.direction,
        **_filled(
            title_raw=_raw(subgraph.title, subgraph.title_span, source),
            classes=list(subgraph.classes),
            parent=subgraph.parent,
            metadata=dict(subgraph.properties),
        ),
    }


def _filled(**entries: object) -> Mapping[str, object]:
    return {key: value for key, value in entries.items() if value not in ("", None, [], {}, "false")}


def _raw(label: str, span: Span | None, source: Source) -> str:
    """The label before its codes and tags are read, as DOMPurify leaves it; empty if that is the same."""
    if span is None or not label or source.text.startswith("@{", span.start):
        return ""
    raw = source.text[span.start : span.end].replace("\r", "").strip()
    raw = re.sub(r"#(\w+);", lambda code: f"&{'#' if code[1].isdigit() else ''}{code[1]};", raw)
    from_data = source.text.rfind("@{", 0, span.start) > source.text.rfind("}", 0, span.start)
    if "<" in raw and not from_data:
        pieces, position = [], 0
        for tag in _TAG.finditer(raw):
            pieces += [
                _escaped(raw[position : tag.start()]),
                "<br>" if tag[0].strip("</> ").lower() == "br" else tag[0],
            ]
            position = tag.end()
        raw = "".join([*pieces, _escaped(raw[position:])])
    return raw if raw != label else ""


def _escaped(text: str) -> str:
    return text.replace("&quot;", '"').replace("<", "&lt;").replace(">", "&gt;")
