"""A private Postgres server for these tests, and databases in it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.postgres import Server, private_server

_numbers = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One server for all tests of this process that leave it alone."""
    with private_server() as found:
        yield found


@pytest.fixture(scope="session")
def prepared(server: Server) -> str:
    """The name of a database with all tables, to be copied."""
    from mermaid_flow.engine.distributed.database import Database

    Database(server.create("prepared")).prepare()
    return "prepared"


@pytest.fixture
def url(server: Server, prepared: str) -> str:
    """The URL of a new database with all tables."""
    return server.create(f"test{next(_numbers)}", template=prepared)


@pytest.fixture(scope="module")
def module_url(server: Server, prepared: str) -> str:
    """The URL of a new database for all tests of a module."""
    return server.create(f"module{next(_numbers)}", template=prepared)


@pytest.fixture(scope="module")
def module_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cluster")
