"""The interface between a diagram and the Python that does its work."""

from mermaid_flow.handlers.calls import (
    Backend,
    Configure,
    Declaration,
    File,
    Import,
    ModuleCall,
    Output,
    Reference,
    Skipped,
    Value,
)
from mermaid_flow.handlers.context import Cancelled, Context
from mermaid_flow.handlers.declare import action, check, configure, decision, message, participant

__all__ = [
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
]
