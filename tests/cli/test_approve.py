"""Nodes that wait for a person, answered from another terminal."""

from __future__ import annotations

import getpass
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Mflow
from tests.cli.test_interrupt import started, wait_for
from tests.small_project import write_project

pytestmark = pytest.mark.terraform

DIAGRAM = """flowchart TD
    A([Start]) --> B{{Go live?}}
    B -->|Blue| C[Deploy Blue]
    B -->|Green| D[Deploy Green]
"""
HANDLERS = """
from mermaid_flow import action

@action("Deploy *")
def deploy(context):
    return {"deployed": context.node.label}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = write_project(tmp_path / "small", diagram=DIAGRAM, handlers=HANDLERS)
    monkeypatch.chdir(folder)
    yield folder
    subprocess.run([sys.executable, "-m", "mermaid_flow", "local", "stop"], cwd=folder, check=True, capture_output=True)


def test_a_run_waits_for_an_approval_from_another_terminal(mflow: Mflow, folder: Path) -> None:
    process = started(folder)
    wait_for(process, "node_waiting", "B")
    missing = mflow("approve", "latest", "Go live?")
    assert (missing.code, "Blue" in missing.err) == (2, True)
    done = mflow("approve", "latest", "Go live?", "--choice", "Green", "--comment", "tests passed")
    assert (done.code, done.out) == (0, f"approved Go live? as {getpass.getuser()}\n")
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    kinds = [(event["type"], event.get("node")) for event in map(json.loads, out.splitlines())]
    assert ("node_succeeded", "D") in kinds
    assert ("node_skipped", "C") in kinds
    assert "tests passed" in mflow("show", "--format", "json").out


def test_a_run_may_stop_and_be_resumed_when_the_answer_is_there(mflow: Mflow, folder: Path) -> None:
    assert mflow("run", "shop", "--no-wait").code == 3
    assert "waiting" in mflow("runs").out
    assert mflow("approve", "latest", "B", "--choice", "Blue").code == 0
    assert mflow("resume", "--no-wait").code == 0
    assert "Deploy Blue" in mflow("show").out
    again = mflow("approve", "latest", "B", "--choice", "Blue")
    assert (again.code, "Traceback" in again.err) == (2, False)


def test_a_rejected_node_is_asked_again_when_the_run_is_resumed(mflow: Mflow, folder: Path) -> None:
    assert mflow("run", "shop", "--no-wait").code == 3
    assert mflow("reject", "latest", "B", "--comment", "not today").code == 0
    assert "not today" in mflow("show", "--format", "json").out
    assert mflow("resume", "--no-wait").code == 3


def test_only_those_whom_the_project_names_may_approve(mflow: Mflow, folder: Path) -> None:
    settings = folder / "mflow.yaml"
    settings.write_text(settings.read_text() + 'approvals: {"Go *": [somebody-else]}\n')
    assert mflow("run", "shop", "--no-wait").code == 3
    done = mflow("approve", "latest", "B", "--choice", "Blue")
    assert (done.code, "may not approve" in done.err, "ask somebody-else" in done.err) == (2, True, True)
