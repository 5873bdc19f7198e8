from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mermaid_flow.terraform.errors import ComponentBusy
from mermaid_flow.terraform.lock import ComponentLock


def lock(tmp_path: Path, run: str) -> ComponentLock:
    return ComponentLock(tmp_path / "locks" / "web", "acme/web", run)


def test_a_second_run_is_told_who_has_the_component(tmp_path: Path) -> None:
    first = lock(tmp_path, "run-1")
    first.acquire()
    first.acquire()  # it has it already
    with pytest.raises(ComponentBusy, match=rf"acme/web .* run run-1 \(process {os.getpid()}\)") as caught:
        lock(tmp_path, "run-2").acquire()
    assert caught.value.exit_code == 2
    first.release()
    first.release()
    second = lock(tmp_path, "run-2")
    second.acquire()
    assert second.descriptor is not None


def test_what_terraform_inherited_stays_locked_after_mflow_died(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys; from pathlib import Path; from mermaid_flow.terraform.lock import ComponentLock\n"
        "lock = ComponentLock(Path(sys.argv[1]), 'acme/web', 'run-1'); lock.acquire()\n"
        "subprocess.Popen(['cat'], stdin=0, pass_fds=[lock.descriptor])\n"
    )
    read, write = os.pipe()
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "locks" / "web")], stdin=read, check=True)
    os.close(read)
    with pytest.raises(ComponentBusy, match="terraform, left behind by run run-1, which died"):
        lock(tmp_path, "run-2").acquire()
    os.close(write)  # ends the process that still holds the lock


def test_a_holder_that_has_not_written_its_name_yet_is_another_run(tmp_path: Path) -> None:
    first = lock(tmp_path, "run-1")
    first.acquire()
    (tmp_path / "locks" / "web").write_text("{")
    with pytest.raises(ComponentBusy, match="another run"):
        lock(tmp_path, "run-2").acquire()


def test_a_holder_that_belongs_to_someone_else_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, number: int) -> None:
        raise PermissionError

    first = lock(tmp_path, "run-1")
    first.acquire()
    monkeypatch.setattr(os, "kill", refuse)  # the tests may run as root, to whom nothing is refused
    with pytest.raises(ComponentBusy, match="process"):
        lock(tmp_path, "run-2").acquire()
