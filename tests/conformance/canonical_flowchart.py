"""A flowchart as the conformance rows describe it: keys are left out when empty, false or null, unless always there."""

from __future__ import annotations

from collections.abc import Mapping

from mermaid_flow.syntax.flowchart import Edge, Flowchart, Subgraph, Vertex


def canonical_flowchart(chart: Flowchart) -> dict[str, object]:
    return {
        "direction": chart.direction,
        "vertices": [_vertex(vertex) for _, vertex in sorted(chart.vertices.items())],
        "edges": [_edge(edge) for edge in chart.edges],
        "subgraphs": [_subgraph(subgraph) for subgraph in chart.subgraphs],
        **_filled(
            title=chart.title,
            acc_title=chart.acc_title,
            acc_descr=chart.acc_descr,
            class_defs={name: list(styles) for name, styles in chart.class_defs.items()},
            edge_default_style=list(chart.default_edge_style),
            edge_default_curve=chart.default_edge_curve,
        ),
    }


def _vertex(vertex: Vertex) -> dict[str, object]:
    properties = dict(vertex.properties)
    if "props" in properties:
        key, _, value = properties.pop("props").partition(":")
        properties |= {"props": {key: value}}
    return {
        "id": vertex.id,
        "label": vertex.label,
        "label_type": vertex.label_type,
        "type": vertex.type,
        "shape": vertex.shape,
        "classes": list(vertex.classes),
        **_filled(styles=list(vertex.styles), parent=vertex.parent, **properties),
    }


def _edge(edge: Edge) -> dict[str, object]:
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
            classes=list(edge.classes),
            style=_edge_style(edge.style),
            **edge.properties,
        ),
    }


def _edge_style(style: tuple[str, ...]) -> list[str]:
    """Mermaid adds `fill:none` to a style that does not fill."""
    return [*style, *(["fill:none"] if style and not any(item.startswith("fill") for item in style) else [])]


def _subgraph(subgraph: Subgraph) -> dict[str, object]:
    return {
        "id": subgraph.id,
        "title": subgraph.title,
        "label_type": subgraph.label_type,
        "nodes": sorted(subgraph.nodes),
        "dir": subgraph.direction,
        **_filled(classes=list(subgraph.classes), parent=subgraph.parent, metadata=dict(subgraph.properties)),
    }


def _filled(**entries: object) -> Mapping[str, object]:
    return {key: value for key, value in entries.items() if value not in ("", None, [], {}, "false")}
