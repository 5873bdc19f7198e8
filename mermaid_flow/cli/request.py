"""The options that every command on a diagram's run takes: which diagram, which vars, which target."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from mermaid_flow.session.prepare import Prepared

Value = TypeVar("Value")


def prepared_option(function: Callable[..., Value]) -> Callable[..., Value]:
    """Adds DIAGRAM, --vars, --set, --target and --component, and passes what they name as the first parameter."""

    @click.argument("diagram")
    @click.option(
        "--vars", "files", multiple=True, type=click.Path(path_type=Path), help="A vars file; later ones win."
    )
    @click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help="A variable or a decision's answer.")
    @click.option("--target", type=click.Choice(["local", "aws"]), help="Where to work. The default is local.")
    @click.option("--component", default="", help="Name of the component, instead of the diagram's name.")
    @functools.wraps(function)
    def command(
        *,
        diagram: str,
        files: tuple[Path, ...],
        sets: tuple[str, ...],
        target: str | None,
        component: str,
        **options: object,
    ) -> Value:
        return function(_prepared(diagram, files, sets, target, component), **options)

    return command


def _prepared(
    diagram: str, files: tuple[Path, ...], sets: tuple[str, ...], target: str | None, component: str
) -> Prepared:
    from mermaid_flow.session.prepare import Request, files_of, prepare
    from mermaid_flow.session.project import find_project

    project = find_project(Path(diagram).parent if Path(diagram).is_file() else Path.cwd())
    return prepare(project, Request(diagram, files_of(files), sets, target or project.target, component))
