"""`mflow diff`: what differs between two runs or two diagrams."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mermaid_flow.cli.database import database_option, records_here
from mermaid_flow.cli.output import format_option, print_json

if TYPE_CHECKING:
    from mermaid_flow.render.comparison import Comparison, Diagram
    from mermaid_flow.session.project import Project


@click.command("diff")
@click.argument("before")
@click.argument("after")
@database_option
@format_option("text", "json", "md", "mermaid", "svg", "html")
def command(before: str, after: str, database: str, form: str) -> int:
    """Show what differs from BEFORE to AFTER: two runs (as `mflow show` takes them) or two diagrams (files or names).

    Both are flowcharts or both are sequence diagrams. In the forms mermaid, svg, html and md they are drawn as one.
    """
    from mermaid_flow.session.project import find_project

    project = find_project(Path.cwd())
    kinds = {_is_diagram(project, name) for name in (before, after)}
    if len(kinds) > 1:
        raise click.UsageError("compare two runs or two diagrams, not one with the other")
    found, diagrams = _diagrams(project, before, after) if kinds == {True} else _runs(database, before, after)
    if form == "json":
        from dataclasses import asdict

        print_json(asdict(found))
    else:
        click.echo(_made(form, found, diagrams), nl=False)
    return 0


def _made(form: str, found: Comparison, diagrams: tuple[Diagram, Diagram]) -> str:
    from mermaid_flow.render.comparison import as_markdown, as_mermaid, as_page, as_text

    if form == "text":
        return as_text(found)
    drawing = as_mermaid(found, *diagrams)
    if form == "svg":
        from mermaid_flow.render.drawing import svg

        return svg(drawing)
    if form == "md":
        return as_markdown(found, drawing)
    return as_page(found, drawing) if form == "html" else drawing


def _is_diagram(project: Project, name: str) -> bool:
    from mermaid_flow.errors import MflowError

    try:
        project.diagram_file(name.partition("#")[0])
    except MflowError:
        return Path(name).suffix in (".mmd", ".mermaid", ".md")
    return True


def _diagrams(project: Project, before: str, after: str) -> tuple[Comparison, tuple[Diagram, Diagram]]:
    from mermaid_flow.render.comparison import compare_diagrams
    from mermaid_flow.session.diagrams import load_diagram

    first, second = (load_diagram(project, name)[2] for name in (before, after))
    return compare_diagrams(first, second, (before, after)), (first, second)


def _runs(database: str, before: str, after: str) -> tuple[Comparison, tuple[Diagram, Diagram]]:
    from mermaid_flow.engine.record import RunRecord
    from mermaid_flow.render.comparison import compare_runs

    records = records_here(database)
    folders = [records.find(name) for name in (before, after)]
    first, second = (RunRecord.open(folder) for folder in folders)
    return compare_runs(first, second, (folders[0].inputs, folders[1].inputs)), (first.diagram, second.diagram)
