"""What all components of a run have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mermaid_flow.handlers.calls import Backend
from mermaid_flow.terraform.library import ModuleLibrary
from mermaid_flow.terraform.plan import ComponentPlan
from mermaid_flow.terraform.progress import Observe
from mermaid_flow.terraform.targets import Target


@dataclass(frozen=True, slots=True)
class Settings:
    """How the components of one run are worked on.

    `binary` is terraform or tofu. `top` is the folder of all components, `logs` the run's folder for what Terraform
    prints. `parallelism` is high because the AWS provider spends most of its time in fixed waits; `timeout` is seconds
    for one Terraform command. With `plan_only` nothing is ever changed. `reviewed` holds plans by component: an apply
    that would do anything else is refused. `backend` is for components that were not told where to keep their state.
    `owners` are the components of the run's diagram and of those that it is nested in, the outermost first: whom it is
    that new components belong to. `node` is the node of the outermost one that a sub-workflow works for.
    `skip_unchanged` leaves components alone of which nothing that an apply reads has changed since the last one; their
    drift is not noticed then.
    """

    binary: Path
    library: ModuleLibrary
    target: Target
    run: str
    top: Path
    logs: Path
    observe: Observe
    backend: Backend | None = None
    parallelism: int = 30
    timeout: float | None = None
    plan_only: bool = False
    reviewed: Mapping[str, ComponentPlan] | None = None
    owners: tuple[str, ...] = ()
    node: str = ""
    skip_unchanged: bool = False
