"""Takes down what a diagram's runs have built."""

from __future__ import annotations

from collections.abc import Callable

from mermaid_flow.session.run import component_settings, labels_of
from mermaid_flow.session.sequence import AnyPrepared
from mermaid_flow.terraform.progress import ComponentEvent
from mermaid_flow.terraform.workspace import TerraformComponents


def destroy(prepared: AnyPrepared, observe: Callable[[ComponentEvent], None]) -> str:
    """Destroy the component that the diagram describes; returns its name. Raises TerraformFailed, ComponentBusy."""
    settings = component_settings(prepared, "destroy", prepared.project.logs, observe)
    components = TerraformComponents(
        settings,
        diagram=prepared.name,
        labels=labels_of(prepared),
        environment=prepared.environment,
    )
    component = components.open(prepared.component)
    prepared.target.ensure()
    try:
        component.destroy()
    finally:
        components.close()
    return component.name
