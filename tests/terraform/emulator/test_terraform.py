"""Everything that a correction is for, by real Terraform: applied, planned clean also after a restart, destroyed."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from mermaid_flow.terraform.local_cloud import LocalCloud
from mermaid_flow.terraform.targets import LocalTarget
from tests.cloud import Terraform

CORRECTED = Path(__file__).parent / "corrected"


@pytest.mark.terraform
@pytest.mark.slow
def test_everything_corrected_is_planned_clean_also_after_a_restart_and_destroyed(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path, cache=tmp_path / "cache", parent=os.getpid(), idle_exit=900)
    target = LocalTarget(tmp_path, cloud=cloud)
    target.ensure()
    for file in CORRECTED.glob("*.tf"):
        (tmp_path / file.name).write_text(file.read_text())
    with zipfile.ZipFile(tmp_path / "function.zip", "w") as package:
        package.writestr("main.py", "def handler(event, context):\n    return event\n")
    terraform = Terraform(tmp_path, target)
    terraform.init()
    terraform.apply()
    terraform.plan_is_clean()
    cloud.stop()
    target.ensure()
    assert target.notices() == ()
    terraform.plan_is_clean()
    terraform.destroy()
    cloud.stop()
