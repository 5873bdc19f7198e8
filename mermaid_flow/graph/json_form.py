"""The executable model as plain JSON data, for `mflow graph` and for other programs. Lines and columns from 1."""

from __future__ import annotations

from mermaid_flow.graph.analysis import entries, exits
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.syntax.source import Span


def to_json(graph: FlowGraph) -> dict[str, object]:
    """Nodes in source order, edges by index, loops outer before inner. Edges without control flow are left out."""

    def place(span: Span) -> dict[str, int]:
        line, column = graph.diagram.source.position(span.start)
        return {"line": line, "column": column}

    return {
        "name": graph.name,
        "subgraphs": "stages" if graph.barriers else "groups",
        "entries": list(entries(graph)),
        "exits": list(exits(graph)),
        "nodes": [
            {
                "id": node.id,
                "label": node.label,
                "role": str(node.role),
                "subgraphs": list(node.stages),
                "classes": list(node.classes),
                **place(node.span),
            }
            for node in graph.nodes.values()
        ],
        "edges": [
            {
                "index": edge.index,
                "from": edge.source,
                "to": edge.target,
                "label": edge.label,
                "kind": str(edge.kind),
                "catch": edge.catch,
                "back": edge.back,
                "default": edge.default,
                "drawn": list(edge.drawn),
                **place(edge.span),
            }
            for edge in graph.edges
            if edge.kind != "none"
        ],
        "loops": [
            {
                "header": loop.header,
                "nodes": [node for node in graph.nodes if node in loop.body],
                "back_edges": list(loop.back_edges),
                "exits": list(loop.exits),
                "max_laps": loop.max_laps,
            }
            for loop in graph.loops
        ],
        "stages": [
            {
                "id": stage.id,
                "title": stage.title,
                "parent": stage.parent,
                "nodes": [node for node in graph.nodes if node in stage.nodes],
                **place(stage.span),
            }
            for stage in graph.stages.values()
        ],
    }
