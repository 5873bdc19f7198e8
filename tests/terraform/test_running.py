"""Notes of running commands: there while they run, found when nobody saw their end."""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mermaid_flow.terraform.running import Abandoned, RunningCommands

DIE = """
import os, signal, subprocess, sys, time
from pathlib import Path
from mermaid_flow.terraform.running import RunningCommands

folder = Path(sys.argv[1])
child = subprocess.Popen(["sleep", "60"])
began = time.time()
with RunningCommands(folder).noted(child.pid, began, folder / "log", 7):
    (folder / "pid").write_text(str(child.pid))
    if sys.argv[2] == "both":
        child.kill()
        child.wait()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def die(folder: Path, who: str) -> int:
    """A process that keeps a note of its child dies, alone or with it; the child's id."""
    subprocess.run([sys.executable, "-c", DIE, str(folder), who], cwd=Path(__file__).parents[2], check=False)
    return int((folder / "pid").read_text())


def test_a_note_goes_when_the_end_was_seen(tmp_path: Path) -> None:
    commands = RunningCommands(tmp_path)
    with commands.noted(os.getpid(), 1.0):
        assert len(list(tmp_path.iterdir())) == 1
        assert commands.abandoned() == [], "it lives"
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_died_unseen_is_found_until_it_is_forgotten(tmp_path: Path) -> None:
    die(tmp_path, "both")
    commands = RunningCommands(tmp_path)
    (found,) = commands.abandoned()
    assert (found.log, found.offset) == (tmp_path / "log", 7)
    assert found.who == f"{pwd.getpwuid(os.getuid()).pw_name}@{os.uname().nodename}"
    assert found.began <= found.alive
    commands.forget()
    assert commands.abandoned() == []


def test_a_command_that_outlives_mflow_is_not_abandoned(tmp_path: Path) -> None:
    child = die(tmp_path, "alone")
    assert RunningCommands(tmp_path).abandoned() == []
    os.kill(child, signal.SIGKILL)


def test_a_later_process_of_the_same_number_is_another_one(tmp_path: Path) -> None:
    note = tmp_path / "running-1.json"
    kept = {"who": "a@b", "pid": os.getpid(), "born": "another boot 1", "began": 1, "log": "", "offset": 0}
    note.write_text(json.dumps(kept))
    assert RunningCommands(tmp_path).abandoned() == [Abandoned(note, "a@b", 1.0, note.stat().st_mtime, None, 0)]


def test_where_the_system_does_not_tell_births_the_number_has_to_do(tmp_path: Path) -> None:
    kept = {"who": "a@b", "pid": os.getpid(), "born": "", "began": 1, "log": "", "offset": 0}
    (tmp_path / "running-1.json").write_text(json.dumps(kept))
    assert RunningCommands(tmp_path).abandoned() == []


def test_a_damaged_note_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "running-1.json").write_text("{")
    (tmp_path / "running-2.json").write_text("[]")
    assert RunningCommands(tmp_path).abandoned() == []


def test_signs_of_life_are_given_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 0.5, 1.5, 1.6])
    monkeypatch.setattr("mermaid_flow.terraform.running.time.monotonic", lambda: next(moments))
    with RunningCommands(tmp_path).noted(os.getpid(), 1.0) as renew:
        (note,) = tmp_path.iterdir()
        os.utime(note, (1, 1))
        renew()
        assert note.stat().st_mtime == 1
        renew()
        renewed = note.stat().st_mtime
        assert renewed > 1
        renew()
        assert note.stat().st_mtime == renewed


def test_a_user_without_a_name_has_the_environments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown(_uid: int) -> pwd.struct_passwd:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setenv("USER", "nobody")
    with RunningCommands(tmp_path).noted(os.getpid(), 1.0):
        (note,) = tmp_path.iterdir()
        assert json.loads(note.read_text())["who"].startswith("nobody@")
