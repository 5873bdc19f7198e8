"""What a shape means when the diagram runs. A registered handler beats the shape, see `builder.build`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mermaid_flow.graph.model import Role
from mermaid_flow.syntax.shapes import SHAPES

_SHAPES_OF = {
    Role.DECISION: ("diam",),
    Role.TERMINAL: ("stadium", "circle", "dbl-circ", "sm-circ", "fr-circ"),
    Role.SUBWORKFLOW: ("fr-rect",),
    Role.DATA_STORE: ("cyl", "datastore", "h-cyl", "lin-cyl"),
    Role.DATA: ("lean-r", "lean-l"),
    Role.MANUAL: ("hex", "trap-t", "trap-b"),
    Role.JUNCTION: ("fork", "f-circ"),
    Role.TIMER: ("delay",),
    Role.NOTE: ("brace", "brace-r", "braces", "text", "note", "bpmn-annotation"),
}

ROLE_OF_SHAPE: Mapping[str, Role] = MappingProxyType(
    {name: role for role, shapes in _SHAPES_OF.items() for name, shape in SHAPES.items() if shape in shapes}
)
"""By any name of a shape."""

PASSIVE = frozenset({Role.DECISION, Role.TERMINAL, Role.JUNCTION, Role.NOTE})
"""Roles that do no work that could fail: labels like `always` on their out-edges are ordinary labels."""


def role_of_shape(shape: str) -> Role:
    """The role of a shape, by any of its names; whatever is not listed is an action."""
    return ROLE_OF_SHAPE.get(shape, Role.ACTION)
