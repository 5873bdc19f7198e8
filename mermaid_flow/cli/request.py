"""The options that every command on a diagram's run takes: which diagram, which vars, which target."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from mermaid_flow.errors import MflowError, Problems

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
        only: tuple[str, ...] = (),
        with_dependencies: bool = False,
        with_dependents: bool = False,
        skip_unchanged: bool | None = None,
        **options: object,
    ) -> Value:
        if stack and not component:
            raise click.UsageError("--stack needs --component: the component of the stack, for instance vpc/main")
        if (with_dependencies or with_dependents) and not only:
            raise click.UsageError("--with-dependencies and --with-dependents widen what --only names")

        from mermaid_flow.session.prepare import Request, files_of
        from mermaid_flow.session.project import find_project
        from mermaid_flow.session.sequence import prepare_diagram

        project = find_project(Path(diagram).parent if Path(diagram).is_file() else Path.cwd())
        request = Request(
            diagram,
            files_of(files),
            sets,
            target or project.target,
            component,
            stack,
            only=only,
            with_dependencies=with_dependencies,
            with_dependents=with_dependents,
            skip_unchanged=skip_unchanged,
        )
        return function(prepare_diagram(project, request), **options)

    return command


def selection_options(command: Callable[..., Value]) -> Callable[..., Value]:
    """Adds the options that limit a command with `prepared_option` to a part of the diagram."""
    for option in (
        click.option("--with-dependents", is_flag=True, help="And what comes after the nodes that --only names."),
        click.option("--with-dependencies", is_flag=True, help="And what leads to the nodes that --only names."),
        click.option("--only", multiple=True, metavar="NAME", help="A node, class or subgraph; the rest is left out."),
    ):
        command = option(command)
    return command


def show_warnings(warnings: Sequence[MflowError], strict: bool) -> None:
    """Print warnings; with `strict` they are errors. Raises Problems."""
    if strict and warnings:
        raise Problems(warnings)
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
