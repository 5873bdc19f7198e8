"""What is in a run's way on this machine: a clear error, exit code 2, nothing changed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from tests.cli.conftest import Mflow
from tests.cli.test_interrupt import HANDLERS, folder, started, wait_for  # noqa: F401 - a fixture

DECLARES = """
from mermaid_flow import ModuleCall, configure

@configure("Make Thing")
def make(context):
    return ModuleCall("thing", "thing", {"name": "x"})
"""


def test_no_terraform_says_in_one_line_how_to_get_it(
    mflow: Mflow, small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("MFLOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MFLOW_TERRAFORM", raising=False)
    done = mflow("run", "shop", "--vars", "vars.yaml")
    assert done.code == 2
    assert "mflow toolchain install" in done.err
    assert not (small / ".mflow" / "runs").exists()


@pytest.mark.terraform
def test_a_taken_port_is_told_and_leaves_no_record(mflow: Mflow, small: Path) -> None:
    """The cloud's port stays: queue URLs in its state hold it."""
    assert mflow("local", "start").code == 0
    port = json.loads(mflow("local", "status", "--format", "json").out)["port"]
    keys = {"aws_access_key_id": "123456789012", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    boto3.client("sns", endpoint_url=f"http://127.0.0.1:{port}", **keys).create_topic(Name="kept")
    assert mflow("local", "stop").out.startswith("stopped")
    with socket.create_server(("127.0.0.1", port)):
        done = mflow("run", "shop", "--vars", "vars.yaml")
    assert done.code == 2
    assert str(port) in done.err
    assert "Traceback" not in done.err
    assert list((small / ".mflow" / "runs").iterdir()) == []
    assert mflow("local", "reset", "--yes").out == "the local cloud is empty now\n"
    assert mflow("local", "status").code == 1


@pytest.mark.terraform
def test_a_second_run_of_the_same_component_is_refused_while_one_runs(folder: Path) -> None:  # noqa: F811
    (folder / "handlers" / "shop.py").write_text(HANDLERS + DECLARES)
    process = started(folder)
    wait_for(process, "node_started", "A")
    second = subprocess.run(
        [sys.executable, "-m", "mermaid_flow", "run", "shop"], cwd=folder, capture_output=True, text=True, check=False
    )
    (folder / "go").write_text("on")
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert second.returncode == 2
    assert f"process {process.pid}" in second.stderr
    assert len(list((folder / ".mflow" / "runs").iterdir())) == 1
