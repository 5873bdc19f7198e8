"""`mflow ui`: the runs of this project in a browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mermaid_flow.cli.database import database_option

if TYPE_CHECKING:
    from mermaid_flow.web.access import Access


@click.command("ui")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Listen here; by default on a free port.")
@click.option("--read-only", is_flag=True, help="Only show: no approving, cancelling or resuming from the page.")
@click.option("--no-open", is_flag=True, help="Print the address; do not open a browser.")
@database_option
def command(port: int, read_only: bool, no_open: bool, database: str) -> int:
    """Show the runs of this project in a browser on this machine, live, until Ctrl-C."""
    from mermaid_flow.errors import MflowError
    from mermaid_flow.render.report import environment
    from mermaid_flow.session.project import find_project
    from mermaid_flow.session.records import records_of

    try:
        from mermaid_flow.web.server import serve
    except ModuleNotFoundError as error:
        raise MflowError(
            f"the page needs the extra `web`, which is not installed ({error.name} is missing)",
            code="web.missing",
            hint="pip install 'mermaid-flow[web]'",
        ) from None

    def ready(access: Access) -> None:
        click.echo(f"{access.address}\nCtrl-C ends the page; runs go on without it")
        if not no_open:
            webbrowser.open(access.address)

    environment()  # so that a missing extra is said now and not by every page
    project = find_project(Path.cwd())
    serve(project, records_of(project, database), port=port, read_only=read_only, ready=ready)
    return 0
