"""`mflow diff`: what differs between two runs or two diagrams."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mermaid_flow.cli.output import format_option, print_json

if TYPE_CHECKING:
    from mermaid_flow.render.comparison import Comparison
    from mermaid_flow.session.project import Project
    from mermaid_flow.syntax.flowchart import Flowchart


@click.command("diff")
@click.argument("before")
@click.argument("after")
@format_option("text", "json", "mermaid")
def command(before: str, after: str, form: str) -> int:
    """Show what differs from BEFORE to AFTER: two runs (as `mflow show` takes them) or two diagrams (files or names).

    With `--format mermaid` both are drawn as one diagram.
    """
    from dataclasses import asdict

    from mermaid_flow.render.comparison_forms import as_mermaid, as_text
    from mermaid_flow.session.project import find_project

    project = find_project(Path.cwd())
    kinds = {_is_diagram(project, name) for name in (before, after)}
    if len(kinds) > 1:
        raise click.UsageError("compare two runs or two diagrams, not one with the other")
    found, drawn = (_diagrams if kinds == {True} else _runs)(project, before, after)
    if form == "json":
        print_json(asdict(found))
    else:
        click.echo(as_mermaid(found, drawn) if form == "mermaid" else as_text(found), nl=False)
    return 0


def _is_diagram(project: Project, name: str) -> bool:
    from mermaid_flow.errors import MflowError

    try:
        project.diagram_file(name.partition("#")[0])
    except MflowError:
        return Path(name).suffix in (".mmd", ".mermaid", ".md")
    return True


def _diagrams(project: Project, before: str, after: str) -> tuple[Comparison, Flowchart]:
    from mermaid_flow.render.comparison import as_flowchart, compare_diagrams
    from mermaid_flow.session.diagrams import load_diagram

    first, second = (as_flowchart(load_diagram(project, name)[2], name) for name in (before, after))
    return compare_diagrams(first, second, (before, after)), second


def _runs(project: Project, before: str, after: str) -> tuple[Comparison, Flowchart]:
    from mermaid_flow.engine.history import find_run
    from mermaid_flow.engine.record import RunRecord
    from mermaid_flow.render.comparison import compare_runs, flowchart_of

    folders = [find_run(project.runs, name) for name in (before, after)]
    first, second = (RunRecord.open(folder) for folder in folders)
    return compare_runs(first, second, (folders[0].inputs, folders[1].inputs)), flowchart_of(second)
