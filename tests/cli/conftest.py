"""The command line in this process, in a small project on the shared emulator."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from mermaid_flow.cli.main import main
from mermaid_flow.session import prepare
from mermaid_flow.terraform.targets import LocalTarget
from tests.small_project import write_project


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Mflow = Callable[..., Done]


@pytest.fixture
def mflow(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mflow:
    """Runs `mflow …` in this process."""

    def run(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["mflow", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Done(ended.value.code if isinstance(ended.value.code, int) else 1, out, err)

    return run


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small project as the current folder; nothing of it needs a target."""
    folder = write_project(tmp_path / "small")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def small_on_cloud(small: Path, local_target: LocalTarget, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small project with the shared emulator as its target."""
    monkeypatch.setattr(prepare, "make_target", lambda *_: local_target)
    return small
