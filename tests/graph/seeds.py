"""The diagrams that this project started from. They lie beside the repository and not in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.graph.model import FlowGraph
from tests.engine.playing import flow

FOLDER = Path(__file__).parents[2].parent / "shared" / "seed"
FLOWCHARTS = (
    "01-environment-onboarding-workflow",
    "02-vpc-component-workflow",
    "03-api-gateway-component-workflow",
    "04-eks-component-workflow",
    "05-rds-component-workflow",
    "06-lambda-component-workflow",
    "07-route53-dns-component-workflow",
    "09-infrastructure-dependency-graph",
    "10-terraform-state-management-workflow",
)


def seed(name: str, *, stages: bool = False) -> FlowGraph:
    """One of them as a graph; skips the test where the seeds are not there."""
    path = FOLDER / f"{name}.mmd"
    if not path.exists():
        pytest.skip("the seed diagrams are not beside this repository (../shared/seed)")
    front_matter = "---\nmflow: {subgraphs: stages}\n---\n" if stages else ""
    return flow(front_matter + path.read_text("utf-8"))
