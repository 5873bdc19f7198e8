"""A small project on the shared emulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.session import prepare
from mermaid_flow.session.project import Project, find_project
from mermaid_flow.terraform.targets import LocalTarget
from tests.small_project import write_project


@pytest.fixture
def project(tmp_path: Path, local_target: LocalTarget, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The small project, its runs on the emulator that all tests share instead of one of its own."""
    folder = write_project(tmp_path / "small")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(prepare, "make_target", lambda *_: local_target)
    return find_project(folder)
