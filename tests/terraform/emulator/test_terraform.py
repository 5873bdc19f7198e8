"""Everything that a correction is for, by real Terraform: applied, planned without a difference, destroyed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from mermaid_flow.terraform.targets import LocalTarget
from tests.cloud import terraform_cycle

CORRECTED = Path(__file__).parent / "corrected"


@pytest.mark.terraform
@pytest.mark.slow
def test_everything_corrected_is_applied_planned_clean_and_destroyed(local_target: LocalTarget, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "function.zip", "w") as package:
        package.writestr("main.py", "def handler(event, context):\n    return event\n")
    terraform_cycle(tmp_path, local_target, {file.name: file.read_text() for file in CORRECTED.glob("*.tf")})
