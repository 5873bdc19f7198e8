"""`mflow local`: the emulated AWS of this project."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mermaid_flow.cli.output import duration, format_option, print_json

if TYPE_CHECKING:
    from mermaid_flow.terraform.local_cloud import CloudStatus, LocalCloud


@click.group("local")
def command() -> None:
    """Start, look at, stop or reset the emulated AWS on this machine."""


def _cloud() -> LocalCloud:
    from mermaid_flow.session.project import find_project
    from mermaid_flow.terraform.local_cloud import LocalCloud

    return LocalCloud(find_project(Path.cwd()).folder)


@command.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Use this port from now on.")
@format_option("text", "json")
def start(port: int | None, form: str) -> None:
    """Start the local cloud unless it runs."""
    _report(_cloud().start(port), form)


@command.command()
@format_option("text", "json")
def status(form: str) -> int:
    """Say whether the local cloud runs and what it holds. Exit code 1 when it does not run."""
    found = _cloud().status()
    if found is None:
        if form == "json":
            print_json({"running": False})
        else:
            click.echo("the local cloud is not running; it starts by itself when a run needs it")
        return 1
    _report(found, form)
    return 0


@command.command()
def stop() -> None:
    """Stop the local cloud; what it holds is saved for the next start."""
    click.echo("stopped; its state is saved" if _cloud().stop() else "the local cloud was not running")


@command.command()
@click.confirmation_option("--yes", prompt="Everything in the local cloud of this project will be gone. Go on?")
def reset() -> None:
    """Stop the local cloud and forget everything in it."""
    click.echo("the local cloud is empty now" if _cloud().reset() else "there was nothing to forget")


def _report(found: CloudStatus, form: str) -> None:
    if form == "json":
        print_json({"running": True, **asdict(found)})
        return
    click.echo(
        f"local cloud on http://127.0.0.1:{found.port}: up {duration(found.uptime)}, "
        f"{found.memory / 1e6:.0f} MB, pid {found.pid}, instance {found.instance}"
    )
    for name, count in sorted(found.resources.items()):
        click.echo(f"  {count:5}  {name}")
