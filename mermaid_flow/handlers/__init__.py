"""The interface between a diagram and the Python that does its work."""

from mermaid_flow.handlers.calls import Configure, Declaration, File, ModuleCall, Output, Reference, Skipped, Value
from mermaid_flow.handlers.context import Cancelled, Context
from mermaid_flow.handlers.declare import action, check, configure, decision, message, participant

__all__ = [
    "Cancelled",
    "Configure",
    "Context",
    "Declaration",
    "File",
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
