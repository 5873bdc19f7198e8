"""`mflow worker` as a real process: it is told to stop, loses its work to others, or has no place to work in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click
import pytest

from mermaid_flow.engine.distributed.database import Database
from tests.cli.conftest import Mflow
from tests.engine.distributed.cluster import end_all_sessions
from tests.postgres import PASSWORD, Server, end_dbos, private_server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with private_server() as found:
        yield found


@pytest.fixture
def url(server: Server, request: pytest.FixtureRequest) -> str:
    """A database of its own: a worker's session may take a moment longer to end than its process."""
    return server.create(f"db{abs(hash(request.node.nodeid))}")


@contextmanager
def working(folder: Path, url: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A worker that has begun, and what it said first."""
    command = [sys.executable, "-m", "mermaid_flow", "worker", "--concurrency", "2", "--runs", "3"]
    environment = {**os.environ, "MFLOW_DATABASE": url}
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            yield process, process.stderr.readline()
        finally:
            process.kill()


def marks(folder: Path) -> list[Path]:
    return list((folder / ".mflow" / "workers").iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_it_is_told_to(small: Path, url: str, number: signal.Signals) -> None:
    with working(small, url) as (process, first):
        assert first.startswith(f"worker for {small} at postgres://mflow:***@")
        assert "2 nodes at once; Ctrl-C stops it" in first
        assert PASSWORD not in first
        assert len(marks(small)) == 1
        process.send_signal(number)
        _, rest = process.communicate(timeout=60)
        assert process.returncode == 0, rest
        assert rest == "stopped; other workers take over what is not finished\n"
        assert marks(small) == []


def test_it_ends_when_others_have_taken_over_its_work(small: Path, url: str) -> None:
    """As after a freeze: it was deposed meanwhile, and its session is gone."""
    with working(small, url) as (process, _):
        [mark] = marks(small)
        with Database(url).session() as connection:
            connection.execute("UPDATE mflow.workers SET deposed = true WHERE id = %s", [mark.name])
        end_all_sessions(Database(url))
        _, rest = process.communicate(timeout=60)
        assert process.returncode == 1, rest
        assert rest.splitlines()[-1] == "error: another worker has taken this one's work over"


@pytest.mark.parametrize("deposed", [False, True])
def test_its_process_ends_at_once_whatever_its_threads_do(
    small: Path, url: str, mflow: Mflow, monkeypatch: pytest.MonkeyPatch, deposed: bool
) -> None:
    """The worker of this process, which only may not take the tests with it when it ends."""
    began = threading.Event()
    say = click.echo

    def echo(text: str, *, err: bool = False) -> None:
        say(text, err=err)
        began.set()

    def end(code: int) -> NoReturn:
        raise SystemExit(code)

    def disturb() -> None:
        assert began.wait(60)
        if deposed:
            with Database(url).session() as connection:
                connection.execute("UPDATE mflow.workers SET deposed = true")
            end_all_sessions(Database(url))
        else:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(click, "echo", echo)
    monkeypatch.setattr(os, "_exit", end)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    thread = threading.Thread(target=disturb, daemon=True)
    thread.start()
    try:
        done = mflow("worker", "--database", url)
    finally:
        end_dbos()
        thread.join(30)
        for number, handler in before.items():
            signal.signal(number, handler)
    assert done.code == int(deposed)
    last = "error: another worker has taken this one's work over" if deposed else "stopped; other workers take over"
    assert done.err.splitlines()[-1].startswith(last)


def test_it_needs_a_database(small: Path, mflow: Mflow) -> None:
    assert "needs a database" in mflow("worker").err
    refused = mflow("worker", "--database", "postgres://nobody@127.0.0.1:1/nothing")
    assert (refused.code, "does not answer" in refused.err) == (1, True)
    assert "is not in the range" in mflow("worker", "--concurrency", "0").err


def test_it_does_not_begin_beside_workers_in_another_folder(
    small: Path, url: str, mflow: Mflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "mflow.yaml").write_text("name: other\n")
    with working(small, url):
        monkeypatch.chdir(other)
        refused = mflow("worker", "--database", url)
    assert (refused.code, f"works in {small}, which is not the folder {other}" in refused.err) == (2, True)
