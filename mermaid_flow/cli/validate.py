"""`mflow validate`: what is wrong with diagrams, before they run."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

FORMATS = ("text", "json", "github", "sarif", "junit")


@click.command("validate")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--vars", "files", multiple=True, type=click.Path(path_type=Path), help="Check these vars, too.")
@click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help="A variable or a decision's answer.")
@click.option(
    "--select", multiple=True, metavar="RULE", help="Only these rules: an id, its beginning, a name, a family."
)
@click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules.")
@click.option("--strict", is_flag=True, help="Infos count as findings, and warnings as errors.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
def command(
    paths: tuple[Path, ...],
    files: tuple[Path, ...],
    sets: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    fix: bool,
    diff: bool,
    form: str,
) -> int:
    """Check the diagrams in PATHS: files, folders, fences in Markdown. Without PATHS, the project's diagrams.

    Exit code 0: nothing but infos; 1: findings; 2: the call itself was wrong.
    """
    from mermaid_flow.session.project import find_project
    from mermaid_flow.session.validation import Validation, validate_paths

    project = find_project(paths[0] if paths else Path.cwd())
    wanted = Validation(project, select, ignore, files, sets, strict=strict, fix=fix, diff=diff)
    result = validate_paths(paths or (project.diagrams,), wanted)
    for text in result.differences:
        click.echo(text, nl=False)
    if result.mended:
        click.echo(f"mended {result.mended} finding{'s' * (result.mended != 1)}", err=form != "text")
    printer = importlib.import_module(f"mermaid_flow.rules.formats.{form}")
    click.echo(printer.render(result.report), nl=False)
    return 1 if result.failed else 0
