"""A project with a server that shows its runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.web.browser import Window, browser
from tests.web.gated import GatedRun, gated_run
from tests.web.proxy import Cable, cable
from tests.web.serving import Client, serving

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext


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


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with browser(tmp_path_factory.mktemp("chromium") / "profile") as context:
        yield context


@pytest.fixture
def line(project: Path) -> Iterator[tuple[Cable, Client]]:
    """A server, reached by a cable."""
    with cable() as made, serving(project, public=made.port) as client:
        made.to = client.port
        yield made, client


@pytest.fixture
def window(chromium: BrowserContext, line: tuple[Cable, Client]) -> Iterator[Window]:
    """A page with the list of runs. In the end nothing may have been asked for elsewhere, and nothing be wrong."""
    _, client = line
    window = Window(chromium.new_page(), f"http://{client.access.hosts[0]}")
    window.page.goto(client.access.address)
    assert window.page.url == f"{window.home}/"
    yield window
    window.page.close()
    assert window.complaints == []
    assert all(address.startswith(f"{window.home}/") for address in window.asked)
