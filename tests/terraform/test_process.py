"""The mechanics are tested with a shell or Python in terraform's place, which say and do exactly what a test needs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.context import Cancelled
from mermaid_flow.terraform.lock import ComponentLock
from mermaid_flow.terraform.process import TerraformProcess, child_environment

COUNTS_INTERRUPTS = """
import signal, sys
def count(number, frame):
    interrupts.append(number)
    print("interrupt", len(interrupts), flush=True)
interrupts = []
signal.signal(signal.SIGINT, count)
print("ready", flush=True)
while len(interrupts) < int(sys.argv[1]):
    signal.pause()
print("saved", flush=True)
sys.exit(3)
"""
"""Ends by itself, with an error, after so many interrupts."""


def shell(folder: Path, lock: ComponentLock | None = None, timeout: float | None = None) -> TerraformProcess:
    return TerraformProcess(Path("/bin/sh"), folder, folder / "logs" / "log", lambda: os.environ, lock, timeout)


def python(folder: Path) -> TerraformProcess:
    return TerraformProcess(Path(sys.executable), folder, folder / "log", lambda: os.environ)


def test_lines_come_one_by_one_and_are_kept_in_the_log(tmp_path: Path) -> None:
    lines: list[str] = []
    process = shell(tmp_path)
    code = process.stream(["-c", "echo one; printf 'tw' >&2; printf 'o\\n\\377\\nend'; exit 7"], lines.append)
    assert (code, lines) == (7, ["one", "two", "\ufffd", "end"])
    process.stream(["-c", "echo again"], lines.append)
    assert lines[-1] == "again"
    assert (tmp_path / "logs" / "log").read_bytes() == b"one\ntwo\n\xff\nendagain\n"


def test_what_is_captured_is_not_logged(tmp_path: Path) -> None:
    finished = shell(tmp_path).capture(["-c", "echo secret; echo why >&2; exit 1"])
    assert (finished.code, finished.output, finished.errors) == (1, "secret\n", "why\n")
    assert not (tmp_path / "logs" / "log").exists()


def test_lines_arrive_while_the_command_still_runs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    def answer(line: str) -> None:
        if line == "ready":
            (tmp_path / "fifo").write_text("go\n")

    assert shell(tmp_path).stream(["-c", "echo ready; read line < fifo; echo $line"], answer) == 0


def test_one_interrupt_lets_the_command_end_in_its_own_time(tmp_path: Path) -> None:
    process = python(tmp_path)
    seen: list[str] = []

    def react(line: str) -> None:
        seen.append(line)
        if line == "ready":
            process.interrupt()
            process.interrupt()  # only the first one counts

    with pytest.raises(Cancelled):
        process.stream(["-c", COUNTS_INTERRUPTS, "1"], react)
    with pytest.raises(Cancelled):
        process.stream(["-c", "print('never')"], seen.append)
    with pytest.raises(Cancelled):
        process.capture(["-c", "print('never')"])
    assert seen == ["ready", "interrupt 1", "saved"]


def test_a_command_that_succeeds_in_spite_of_the_interrupt_has_succeeded(tmp_path: Path) -> None:
    process = shell(tmp_path)
    code = process.stream(["-c", "trap '' INT; echo ready"], lambda _: process.interrupt())
    assert code == 0


def test_a_second_interrupt_is_sent_only_when_asked_for(tmp_path: Path) -> None:
    process = python(tmp_path)
    seen: list[str] = []

    def react(line: str) -> None:
        seen.append(line)
        if line == "ready":
            process.interrupt()
        if line == "interrupt 1":
            process.interrupt(again=True)

    with pytest.raises(Cancelled):
        process.stream(["-c", COUNTS_INTERRUPTS, "2"], react)
    assert seen == ["ready", "interrupt 1", "interrupt 2", "saved"]


def test_a_command_that_takes_too_long_is_interrupted(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(MflowError, match=r"after 0\.2 seconds") as caught:
        shell(tmp_path, timeout=0.2).stream(["-c", "read line < fifo"], lambda _: None)
    assert caught.value.code == "terraform.timeout"
    assert shell(tmp_path, timeout=60).stream(["-c", "exit 0"], lambda _: None) == 0


def test_a_binary_that_is_not_there_is_an_error_with_a_hint(tmp_path: Path) -> None:
    process = TerraformProcess(tmp_path / "terraform", tmp_path, tmp_path / "log", dict)
    with pytest.raises(MflowError, match="cannot start") as caught:
        process.capture(["version"])
    assert "mflow toolchain install" in caught.value.hint


def test_the_users_own_settings_do_not_reach_terraform() -> None:
    whole = {
        "PATH": "/bin",
        "TF_VAR_x": "1",
        "TF_CLI_ARGS_plan": "-destroy",
        "TF_WORKSPACE": "w",
        "TF_CLI_CONFIG_FILE": "c",
    }
    assert child_environment(whole) == {
        "PATH": "/bin",
        "TF_CLI_CONFIG_FILE": "c",
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
    }


def test_the_child_is_not_in_reach_of_the_terminal(tmp_path: Path) -> None:
    output = shell(tmp_path).capture(["-c", "ps -o sid= -p $$; echo $$"]).output.split()
    assert output[0] == output[1]


def test_the_child_holds_the_lock(tmp_path: Path) -> None:
    lock = ComponentLock(tmp_path / "lock", "web", "run")
    lock.acquire()
    inherited = shell(tmp_path, lock).capture(["-c", f"readlink /proc/self/fd/{lock.descriptor}"]).output.strip()
    assert inherited == str(tmp_path / "lock")


def test_the_command_goes_on_when_mflow_is_killed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    os.mkfifo(tmp_path / "done")
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from mermaid_flow.terraform.process import TerraformProcess\n"
        "folder = Path(sys.argv[1])\n"
        "process = TerraformProcess(Path('/bin/sh'), folder, folder / 'log', lambda: os.environ)\n"
        "command = 'echo ready; read x < fifo; echo saved; echo saved > state; echo > done'\n"
        "process.stream(['-c', command], lambda line: os.kill(os.getpid(), signal.SIGKILL))\n"
    )
    died = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert died.returncode == -9
    (tmp_path / "fifo").write_text("go\n")
    (tmp_path / "done").read_text()
    assert (tmp_path / "state").read_text() == "saved\n"
    assert (tmp_path / "log").read_text() == "ready\nsaved\n"


def test_an_error_in_who_listens_does_not_leave_the_command_alone(tmp_path: Path) -> None:
    def fail(line: str) -> None:
        raise RuntimeError(line)

    process = shell(tmp_path)
    with pytest.raises(RuntimeError, match="ready"):
        process.stream(["-c", "echo ready; echo ended > file"], fail)
    assert (tmp_path / "file").read_text() == "ended\n"
    process.interrupt()  # nothing runs any more


def test_interrupting_comes_from_any_thread(tmp_path: Path) -> None:
    process = shell(tmp_path)
    ready = threading.Event()
    os.mkfifo(tmp_path / "fifo")
    failures: list[BaseException] = []

    def work() -> None:
        try:
            process.stream(["-c", "echo ready; read x < fifo"], lambda _: ready.set())
        except Cancelled as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(10)
    process.interrupt()
    thread.join(10)
    assert len(failures) == 1
