"""What the project knows reaches the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.session.validation import validate
from tests.small_project import HANDLERS, write_project

DIAGRAM = """flowchart TD
    Start([Start]) --> Kind{Kind of storage?}
    Kind -->|Standard| Make[Make Thing]
    Kind -->|SSD| Other[[Nowhere]]
    Make --> End([End])
    Other --> End
"""
VALIDATED = """
variable "storage_type" {
  type    = string
  default = "gp2"

  validation {
    condition     = contains(["standard", "gp2", "gp3"], var.storage_type)
    error_message = "One of them."
  }
}
"""
DECIDES = """

@decision("Kind of storage?", aliases={"gp2": "SSD"})
def kind(context):
    return context.vars.get("storage_type", str, "gp2")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = write_project(tmp_path, diagram=DIAGRAM, handlers=HANDLERS + DECIDES)
    module = folder / "modules" / "thing" / "main.tf"
    module.write_text(module.read_text() + VALIDATED)
    return folder


def rules(folder: Path) -> dict[str, str]:
    return {found.rule: found.message for found in validate(folder / "diagrams")}


def test_values_that_no_branch_takes_and_diagrams_that_are_not_there(folder: Path) -> None:
    found = rules(folder)
    assert found.keys() == {"MF303", "MF404"}
    assert "gp3" in found["MF303"] and "gp2" not in found["MF303"]


def test_two_handlers_for_one_box(folder: Path) -> None:
    handlers = folder / "handlers" / "again.py"
    handlers.write_text('from mermaid_flow import action\n\n@action("Make Thing")\ndef make(context): ...\n')
    assert "two handlers" in rules(folder)["MF403"]


def test_messages_are_looked_up_by_participant(folder: Path) -> None:
    (folder / "diagrams" / "talk.mmd").write_text("sequenceDiagram\n    A->>B: Plan\n    A->>B: Apply\n")
    handlers = folder / "handlers" / "talk.py"
    handlers.write_text('from mermaid_flow import message\n\n@message("B", "Plan")\ndef plan(context): ...\n')
    assert "Apply" in rules(folder)["MF405"]
    assert "MF401" not in rules(folder)
