"""What runs only after failures."""

from __future__ import annotations

from mermaid_flow.graph.zones import failure_zone, leading_to, reachable, rollback_zone
from tests.engine.playing import flow

TEXT = """
A --> B --> End
A -->|rollback| UndoA --> Tell --> End
B -->|on error| Fix --> End
Fix --> Note1
B -->|always| Both
A --> Both
"""


def test_the_rollback_zone_is_what_only_rollbacks_lead_to() -> None:
    assert rollback_zone(flow(TEXT)) == {"UndoA", "Tell"}
    assert rollback_zone(flow("A --> B")) == frozenset()


def test_the_failure_zone_is_what_only_catch_edges_lead_to() -> None:
    assert failure_zone(flow(TEXT)) == {"UndoA", "Tell", "Fix", "Note1"}


def test_reachable_includes_where_it_begins_and_leading_to_does_not() -> None:
    graph = flow("A --> B --> C\nX --> C")
    assert reachable(graph, ["B"]) == {"B", "C"}
    assert leading_to(graph, "C") == {"A", "B", "X"}
    assert leading_to(graph, "C", lambda edge: edge.source != "X") == {"A", "B"}
