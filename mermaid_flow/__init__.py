"""mermaid-flow: the drawing is the program.

What a user imports stands here; it is loaded on first use, so that `mflow --help` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from mermaid_flow.errors import Location, MflowError, Problems, RunFailed
    from mermaid_flow.handlers import (
        Backend,
        Cancelled,
        Configure,
        Context,
        Declaration,
        File,
        Import,
        ModuleCall,
        Output,
        Reference,
        Skipped,
        Value,
        action,
        check,
        configure,
        decision,
        message,
        participant,
    )
    from mermaid_flow.inputs.variables import Variables
    from mermaid_flow.session.validation import validate
    from mermaid_flow.syntax import parse
    from mermaid_flow.syntax.flowchart import Flowchart
    from mermaid_flow.syntax.load import load
    from mermaid_flow.syntax.sequence import SequenceDiagram

_HOMES = {
    "mermaid_flow.errors": ("Location", "MflowError", "Problems", "RunFailed"),
    "mermaid_flow.handlers": (
        "Backend",
        "Cancelled",
        "Configure",
        "Context",
        "Declaration",
        "File",
        "Import",
        "ModuleCall",
        "Output",
        "Reference",
        "Skipped",
        "Value",
        "action",
        "check",
        "configure",
        "decision",
        "message",
        "participant",
    ),
    "mermaid_flow.inputs.variables": ("Variables",),
    "mermaid_flow.session.validation": ("validate",),
    "mermaid_flow.syntax": ("parse",),
    "mermaid_flow.syntax.flowchart": ("Flowchart",),
    "mermaid_flow.syntax.load": ("load",),
    "mermaid_flow.syntax.sequence": ("SequenceDiagram",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Backend",
    "Cancelled",
    "Configure",
    "Context",
    "Declaration",
    "File",
    "Flowchart",
    "Import",
    "Location",
    "MflowError",
    "ModuleCall",
    "Output",
    "Problems",
    "Reference",
    "RunFailed",
    "SequenceDiagram",
    "Skipped",
    "Value",
    "Variables",
    "action",
    "check",
    "configure",
    "decision",
    "load",
    "message",
    "parse",
    "participant",
    "validate",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the point is to import late

    value: object = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value
