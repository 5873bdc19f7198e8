"""`mflow init`: the AWS catalog as a project of your own."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
def command(folder: Path) -> int:
    """Copy the AWS catalog (diagrams, handlers, modules, example vars) into FOLDER as a start of your own.

    Files that are there already stay; exit code 2 when one of them would have to be replaced.
    """
    from mermaid_flow.session.template import copy_template

    written = copy_template(folder)
    click.echo(f"{len(written)} files in {folder}")
    where = "" if folder == Path() else f"cd {folder} && "
    click.echo(f"next: {where}mflow run diagrams/vpc.mmd --vars vars/dev.yaml")
    return 0
