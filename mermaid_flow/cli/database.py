"""The options that say where runs are recorded and carried out: on this machine, or by workers around a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from mermaid_flow.session.records import Records

Command = TypeVar("Command", bound=Callable[..., object])

database_option: Callable[[Command], Command] = click.option(
    "--database",
    default="",
    envvar="MFLOW_DATABASE",
    metavar="URL",
    help="The runs of workers: postgres://user@host/name. The default is what mflow.yaml says.",
)
engine_option: Callable[[Command], Command] = click.option(
    "--engine",
    type=click.Choice(("embedded", "dbos")),
    default=None,
    help="Run here, or have workers run it. The default is what mflow.yaml says.",
)


def records_here(database: str) -> Records:
    """The records of the project that the current folder is in."""
    from mermaid_flow.session.project import find_project
    from mermaid_flow.session.records import records_of

    return records_of(find_project(Path.cwd()), database)
