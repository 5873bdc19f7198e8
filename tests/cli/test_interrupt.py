"""Ctrl-C, as a terminal sends it, to a real `mflow` process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.small_project import write_project

pytestmark = pytest.mark.terraform

DIAGRAM = """flowchart TD
    A[Work] --> B[More Work]
    B --> C([End])
"""
HANDLERS = """
from mermaid_flow import action

@action("Work")
def work(context):
    (context.run.project / "working").touch()
    context.cancellation.wait(60) if context.vars.get("patient") else (context.run.project / "go").open().read()
    context.cancellation.raise_if_requested()

@action("More Work")
def more(context):
    pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = write_project(tmp_path / "small", diagram=DIAGRAM, handlers=HANDLERS)
    os.mkfifo(folder / "go")
    yield folder
    subprocess.run([sys.executable, "-m", "mermaid_flow", "local", "stop"], cwd=folder, check=True, capture_output=True)


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mermaid_flow", "run", "shop", "--format", "json", *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(process: subprocess.Popen[str], kind: str, node: str | None = None) -> None:
    """Read events until one of this kind."""
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["type"] == kind and event.get("node") == node:
            return
    raise AssertionError(f"no {kind} of {node}: {process.stderr.read() if process.stderr else ''}")


def test_the_first_ctrl_c_finishes_what_runs_and_a_resume_goes_on(folder: Path) -> None:
    process = started(folder)
    wait_for(process, "node_started", "A")
    process.send_signal(signal.SIGINT)
    wait_for(process, "cancel_requested")
    (folder / "go").write_text("on")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "finishing what runs" in err
    kinds = [(event["type"], event.get("node")) for event in map(json.loads, out.splitlines())]
    assert ("node_succeeded", "A") in kinds
    assert ("node_started", "B") not in kinds
    resumed = subprocess.run(
        [sys.executable, "-m", "mermaid_flow", "resume", "--format", "json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert resumed.returncode == 0
    again = [(event["type"], event.get("node")) for event in map(json.loads, resumed.stdout.splitlines())]
    assert ("node_started", "A") not in again
    assert ("node_succeeded", "B") in again


def test_the_second_ctrl_c_interrupts_handlers(folder: Path) -> None:
    process = started(folder, "--set", "patient=true")
    wait_for(process, "node_started", "A")
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        wait_for(process, "cancel_requested")
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    events = [json.loads(line) for line in out.splitlines()]
    assert ("node_cancelled", "A") in [(event["type"], event.get("node")) for event in events]
    assert events[-1]["data"]["status"] == "cancelled"


def test_the_third_ctrl_c_gives_up(folder: Path) -> None:
    process = started(folder)
    wait_for(process, "node_started", "A")
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        wait_for(process, "cancel_requested")
    (folder / "go").write_text("on")
    process.communicate(timeout=30)
    assert process.returncode == 130
