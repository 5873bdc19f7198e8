"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mermaid_flow.terraform.local_cloud import LocalCloud
from mermaid_flow.terraform.targets import LocalTarget


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """One real emulator for all tests of this process (each xdist worker has its own). It ends with the process.

    Tests share it: use names of your own, or the fixture `local_target`, which gives each test an account of its own.
    """
    folder = tmp_path_factory.mktemp("cloud")
    cloud = LocalCloud(folder, cache=folder / "cache", parent=os.getpid(), idle_exit=900, keep=False)
    cloud.start()
    yield cloud
    cloud.stop()


@pytest.fixture
def local_target(local_cloud: LocalCloud, tmp_path: Path, request: pytest.FixtureRequest) -> LocalTarget:
    """The local target with an account that no other test uses, so that nothing of another test is in the way."""
    _accounts.append(request.node.nodeid)
    target = LocalTarget(tmp_path, account=f"{100_000_000_000 + len(_accounts)}", cloud=local_cloud)
    target.ensure()
    return target


_accounts: list[str] = []
