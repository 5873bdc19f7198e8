"""A project with a server that shows its runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.gated import GatedRun, gated_run
from tests.web.serving import Client, serving


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of a project without anything in it."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "mflow.yaml").write_text("name: Shop\n")
    return folder


@pytest.fixture
def runs(project: Path) -> Path:
    return project / ".mflow" / "runs"


@pytest.fixture
def client(project: Path) -> Iterator[Client]:
    with serving(project) as client:
        yield client


@pytest.fixture
def run(runs: Path) -> Iterator[GatedRun]:
    """The run of twelve nodes, not started."""
    with gated_run(runs) as run:
        yield run
