"""A sequence diagram carried out by real workers, one of which is killed with SIGKILL in the middle of a loop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.pipes import heard
from tests.postgres import private_server
from tests.small_project import write_project

pytestmark = pytest.mark.terraform

DIAGRAM = """sequenceDiagram
    actor Boss
    participant S as Shop
    participant T as Till
    C->>S: List orders
    S-->>C: orders
    loop For each order
        C->>S: Pack
        S->>S: Ship
        C->>T: Pay
        alt packed by hand
            C->>S: Praise
        else
            C->>S: Shrug
        end
    end
    C->>Boss: May we close?
    C->>S: Report
"""
HANDLERS = '''
import os

from mermaid_flow import message, participant


def note(context):
    """Who did what, where a kill cannot take it away."""
    with (context.run.project / "done").open("a") as file:
        file.write(f"{context.node.id} {os.getpid()}\\n")


@message("Shop", "List orders")
def orders(context):
    note(context)
    return {"orders": ["first", "second", "third"]}


@message("Shop", "Pack")
def pack(context):
    note(context)
    if context.inputs["order"] == "second" and (context.run.project / "block").exists():
        (context.run.project / "reached").write_text("here")
        context.cancellation.wait(600)
    return {"packed_by_hand": context.inputs["order"] == "third"}


@message("Shop", "*")
def anything(context):
    note(context)
    return {"said": context.node.label, "laps": len(context.values.get("For each order", {}).get("laps", []))}


@participant("Till")
class Till:
    def __init__(self):
        self.paid = []

    @message(None, "Pay")
    def pay(self, context):
        note(context)
        self.paid.append(context.inputs["order"])
        return {"paid": list(self.paid)}
'''

Mflow = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = write_project(tmp_path / "small", handlers=HANDLERS)
    (folder / "diagrams" / "talk.mmd").write_text(DIAGRAM)
    os.mkfifo(folder / "reached")
    yield folder
    subprocess.run([sys.executable, "-m", "mermaid_flow", "local", "stop"], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def mflow(folder: Path) -> Iterator[Mflow]:
    """Starts `mflow …` in a process of its own, on a database of its own."""
    with ExitStack() as stack, private_server() as server:
        environment = {**os.environ, "MFLOW_DATABASE": server.create("talk")}
        with (folder / "mflow.yaml").open("a") as file:
            file.write("engine: dbos\n")

        def start(*arguments: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-m", "mermaid_flow", *arguments],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start
        stack.close()


def worker(mflow: Mflow) -> subprocess.Popen[str]:
    """A worker that has begun."""
    process = mflow("worker", "--concurrency", "4")
    assert process.stderr is not None
    assert "worker for" in process.stderr.readline()
    return process


def ended(process: subprocess.Popen[str], code: int = 0) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, err
    return out


def test_a_dead_workers_sequence_goes_on_in_another_one(folder: Path, mflow: Mflow) -> None:
    (folder / "block").touch()
    first = worker(mflow)
    run = mflow("run", "talk", "--no-wait", "--format", "json")
    assert heard(folder / "reached") == "here"
    second = worker(mflow)
    (folder / "block").unlink()
    first.send_signal(signal.SIGKILL)
    events = [json.loads(line) for line in ended(run, 3).splitlines()]
    assert any("took the run over" in str(event["data"].get("message")) for event in events)

    done = [line.split() for line in (folder / "done").read_text().splitlines()]
    one, two = str(first.pid), str(second.pid)
    assert done[:4] == [["1", one], ["3-1", one], ["4-1", one], ["5-1", one]]
    assert done[4:7] == [["7-1", one], ["3-2", one], ["3-2", two]]
    assert [node for node, _ in done[7:]] == ["4-2", "5-2", "7-2", "3-3", "4-3", "5-3", "6-3"]
    assert {process for _, process in done[7:]} == {two}

    ended(mflow("approve", "latest", "8"))
    ended(mflow("resume", "--format", "json"))
    record = json.loads(ended(mflow("show", "--format", "json")))
    assert record["status"] == "succeeded"
    values = {node["id"]: node["visits"][-1]["values"] for node in record["nodes"]}
    assert values["9"] == {"said": "Report", "laps": 3}
    assert values["5-3"] == {"paid": ["second", "third"]}  # what the first worker's till knew died with it
    assert [node for node, _ in (line.split() for line in (folder / "done").read_text().splitlines())][14:] == ["9"]
    assert "succeeded" in ended(mflow("runs"))
    assert "May we close?" in ended(mflow("render"))
    second.send_signal(signal.SIGTERM)
    ended(second)
