"""The model as JSON."""

from __future__ import annotations

import json

from mermaid_flow.graph.json_form import to_json
from tests.engine.playing import flow


def test_the_whole_model_is_plain_json() -> None:
    graph = flow(
        "---\nmflow: {subgraphs: stages, max_laps: 3}\n---\n"
        "flowchart TD\nA --> B{Done?} -->|No| A\nB -->|Yes| C:::warm\nA --- C\nsubgraph S [Last]\nC\nend"
    )
    form = json.loads(json.dumps(to_json(graph)))
    assert form == {
        "name": "test",
        "subgraphs": "stages",
        "entries": ["A"],
        "exits": ["C"],
        "nodes": [
            {"id": "A", "label": "A", "role": "action", "subgraphs": [], "classes": [], "line": 5, "column": 1},
            {"id": "B", "label": "Done?", "role": "decision", "subgraphs": [], "classes": [], "line": 5, "column": 7},
            {
                "id": "C",
                "label": "C",
                "role": "action",
                "subgraphs": ["S"],
                "classes": ["warm"],
                "line": 6,
                "column": 12,
            },
        ],
        "edges": [
            _edge(0, "A", "B", "", line=5, column=3),
            _edge(1, "B", "A", "No", back=True, line=5, column=16),
            _edge(2, "B", "C", "Yes", line=6, column=3),
        ],
        "loops": [{"header": "A", "nodes": ["A", "B"], "back_edges": [1], "exits": [2], "max_laps": 3}],
        "stages": [{"id": "S", "title": "Last", "parent": None, "nodes": ["C"], "line": 8, "column": 1}],
    }


def test_without_barriers_subgraphs_are_groups() -> None:
    assert to_json(flow("A"))["subgraphs"] == "groups"


def _edge(index: int, source: str, target: str, label: str, *, line: int, column: int, back: bool = False) -> object:
    return {
        "index": index,
        "from": source,
        "to": target,
        "label": label,
        "kind": "control",
        "catch": None,
        "back": back,
        "default": False,
        "drawn": [index],
        "line": line,
        "column": column,
    }
