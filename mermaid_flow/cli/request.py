"""The options that every command on a diagram's run takes: which diagram, which vars, which target."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from mermaid_flow.errors import MflowError, Problems

if TYPE_CHECKING:
    from mermaid_flow.session.sequence import AnyPrepared

Value = TypeVar("Value")


def prepared_option(function: Callable[..., Value]) -> Callable[..., Value]:
    """Adds DIAGRAM and the options that say what to run it with; what they name is the first parameter."""

    @click.argument("diagram")
    @click.option(
        "--vars", "files", multiple=True, type=click.Path(path_type=Path), help="A vars file; later ones win."
    )
    @click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help="A variable or a decision's answer.")
    @click.option("--target", type=click.Choice(["local", "aws"]), help="Where to work. The default is local.")
    @click.option("--component", default="", help="The component: its name, or with --stack the stack's component.")
    @click.option("--stack", default="", help="Take the vars from this Atmos stack of the project.")
    @functools.wraps(function)
    def command(
        *,
        diagram: str,
        files: tuple[Path, ...],
        sets: tuple[str, ...],
        target: str | None,
        component: str,
        stack: str,
        **options: object,
    ) -> Value:
        if stack and not component:
            raise click.UsageError("--stack needs --component: the component of the stack, for instance vpc/main")
        return function(_prepared(diagram, files, sets, target, component, stack), **options)

    return command


def show_warnings(warnings: Sequence[MflowError], strict: bool) -> None:
    """Print warnings; with `strict` they are errors. Raises Problems."""
    if strict and warnings:
        raise Problems(warnings)
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


def _prepared(
    diagram: str, files: tuple[Path, ...], sets: tuple[str, ...], target: str | None, component: str, stack: str
) -> AnyPrepared:
    from mermaid_flow.session.prepare import Request, files_of
    from mermaid_flow.session.project import find_project
    from mermaid_flow.session.sequence import prepare_diagram

    project = find_project(Path(diagram).parent if Path(diagram).is_file() else Path.cwd())
    return prepare_diagram(project, Request(diagram, files_of(files), sets, target or project.target, component, stack))
