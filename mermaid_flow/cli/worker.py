"""`mflow worker`: carry out runs that others ask for, together with the workers on other machines."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import click

from mermaid_flow.cli.database import database_option


@click.command("worker")
@database_option
@click.option(
    "--concurrency", type=click.IntRange(1, 256), default=8, show_default=True, help="How many nodes each worker runs."
)
@click.option(
    "--runs", type=click.IntRange(1, 1024), default=64, show_default=True, help="How many runs are at home in each."
)
def command(database: str, concurrency: int, runs: int) -> int:
    """Take runs and nodes from the queues in the database until Ctrl-C or SIGTERM.

    Start one on each machine, in the project's folder, which all machines share. The limits of the worker that was
    started last hold for all.
    """
    from mermaid_flow.session.project import find_project
    from mermaid_flow.session.records import records_of

    project = find_project(Path.cwd())
    found = records_of(project, database, engine="dbos").database
    assert found is not None  # noqa: S101 - the engine dbos has one
    from mermaid_flow.engine.distributed.lease import LeaseLost
    from mermaid_flow.session.site import serve

    service = serve(project, found, concurrency=concurrency, runs=runs)
    service.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: service.stop())
    click.echo(f"worker for {project.folder} at {found.shown}, {concurrency} nodes at once; Ctrl-C stops it", err=True)
    try:
        service.wait()
    except LeaseLost as lost:
        click.echo(f"error: {lost}", err=True)
        return _end(1)
    click.echo("stopped; other workers take over what is not finished", err=True)
    return _end(0)


def _end(code: int) -> int:
    """End at once. Runs and handlers may still be on threads, and are other workers' business now."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
