"""The catalog's diagrams are the seed's, and the language takes every one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.graph import build
from mermaid_flow.session.diagrams import load_diagram
from mermaid_flow.session.project import find_project
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.sequence import SequenceDiagram

ROOT = Path(__file__).parents[2]
SEED = ROOT.parent / "shared" / "seed"
DIAGRAMS = {
    "onboarding": "01-environment-onboarding-workflow",
    "vpc": "02-vpc-component-workflow",
    "api-gateway": "03-api-gateway-component-workflow",
    "eks": "04-eks-component-workflow",
    "rds": "05-rds-component-workflow",
    "lambda": "06-lambda-component-workflow",
    "route53": "07-route53-dns-component-workflow",
    "drift": "08-atmos-drift-detection-workflow",
    "dependencies": "09-infrastructure-dependency-graph",
    "state": "10-terraform-state-management-workflow",
}


def test_there_are_no_other_diagrams() -> None:
    assert {file.stem for file in find_project(ROOT).diagram_files()} == set(DIAGRAMS)


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_is_the_seed_s_and_at_most_front_matter_is_added(name: str) -> None:
    seed = SEED / f"{DIAGRAMS[name]}.mmd"
    if not seed.is_file():
        pytest.skip("the seed diagrams are not beside this repository (../shared/seed)")
    text = (ROOT / "diagrams" / f"{name}.mmd").read_bytes()
    if text.startswith(b"---\n"):
        text = text.partition(b"\n---\n")[2]
    assert text == seed.read_bytes()


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_can_be_executed(name: str) -> None:
    _, _, diagram = load_diagram(find_project(ROOT), name)
    if name == "drift":
        assert isinstance(diagram, SequenceDiagram)
    else:
        assert isinstance(diagram, Flowchart)
        assert build(diagram, name).barriers is (name == "onboarding")
