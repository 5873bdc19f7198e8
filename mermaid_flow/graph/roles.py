"""What a shape means when the diagram runs. A registered handler beats the shape, see `builder.build`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mermaid_flow.graph.model import Role

_SHAPES: dict[Role, tuple[str, ...]] = {
    Role.DECISION: ("diam", "decision", "diamond", "question"),
    Role.TERMINAL: (
        *("stadium", "terminal", "pill", "circle", "circ", "dbl-circ", "double-circle"),
        *("sm-circ", "start", "small-circle", "fr-circ", "stop", "framed-circle"),
    ),
    Role.SUBWORKFLOW: ("subproc", "fr-rect", "subprocess", "framed-rectangle", "subroutine"),
    Role.DATA_STORE: (
        *("cyl", "db", "database", "cylinder", "datastore", "data-store"),
        *("h-cyl", "das", "horizontal-cylinder", "lin-cyl", "disk", "lined-cylinder"),
    ),
    Role.DATA: ("lean-r", "lean-right", "in-out", "lean-l", "lean-left", "out-in"),
    Role.MANUAL: (
        *("hex", "hexagon", "prepare", "trap-t", "manual", "trapezoid-top", "inv-trapezoid"),
        *("trap-b", "priority", "trapezoid-bottom", "trapezoid"),
    ),
    Role.JUNCTION: ("fork", "join", "f-circ", "junction", "filled-circle"),
    Role.TIMER: ("delay", "half-rounded-rectangle"),
    Role.NOTE: ("brace", "comment", "brace-l", "brace-r", "braces", "text", "note", "bpmn-annotation"),
}

ROLE_OF_SHAPE: Mapping[str, Role] = MappingProxyType(
    {shape: role for role, shapes in _SHAPES.items() for shape in shapes}
)

PASSIVE = frozenset({Role.DECISION, Role.TERMINAL, Role.JUNCTION, Role.NOTE})
"""Roles that do no work that could fail: labels like `always` on their out-edges are ordinary labels."""


def role_of_shape(shape: str) -> Role:
    """The role of a canonical shape name (or an alias of it); whatever is not listed is an action."""
    return ROLE_OF_SHAPE.get(shape, Role.ACTION)
