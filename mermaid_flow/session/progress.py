"""Terraform's reports as events of the run. The engine does not know Terraform, and Terraform not the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.terraform.progress import (
    ApplySummary,
    ComponentEvent,
    OutputsRead,
    PlanSummary,
    ResourceProgress,
    TerraformWarning,
)


@dataclass
class Channel:
    """Where Terraform's reports go: into the run's journal, once a visit has brought the way there."""

    emit: Callable[[Event], None] | None = None

    def __call__(self, report: ComponentEvent) -> None:
        if self.emit is not None:
            self.emit(as_event(report))


def as_event(report: ComponentEvent) -> Event:
    """One report as the event to record."""
    match report:
        case ResourceProgress(component, node, address, resource_type, action, state, seconds, message):
            data: dict[str, object] = {
                "component": component,
                "address": address,
                "resource_type": resource_type,
                "action": action,
                "state": state,
            }
            if seconds is not None:
                data["seconds"] = seconds
            if message:
                data["message"] = message
            return Event(EventType.RESOURCE, node or None, data=data)
        case PlanSummary(component, add, change, destroy):
            counts = {"add": add, "change": change, "destroy": destroy}
            return Event(EventType.PLAN, data={"component": component, **counts})
        case ApplySummary(component, add, change, destroy, seconds):
            counts = {"add": add, "change": change, "destroy": destroy}
            return Event(EventType.APPLIED, data={"component": component, **counts, "seconds": round(seconds, 3)})
        case OutputsRead(component, values):
            return Event(EventType.OUTPUTS, data={"component": component, "values": dict(values)})
        case TerraformWarning(component, node, message):
            data = {"level": "warning", "component": component, "message": message}
            return Event(EventType.NOTICE, node or None, data=data)
