"""`mflow drift`: the short way to run the project's drift detection and to see what it found."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mermaid_flow.cli.output import safe
from mermaid_flow.errors import MflowError

if TYPE_CHECKING:
    from mermaid_flow.session.run import Run

DRIFT, FAILED = 2, 1
_FILES = {"text": "drift.txt", "json": "drift.json", "md": "drift.md", "html": "drift.html"}


class _WrongCall(click.UsageError):
    """Exit code 2 says that there is drift, so a mistake in the call must not end with it."""

    exit_code = FAILED


class _DriftCommand(click.Command):
    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise _WrongCall(error.message, error.ctx) from error


@click.command("drift", cls=_DriftCommand)
@click.option("--stack", "stacks", multiple=True, metavar="NAME", help="This Atmos stack of the project.")
@click.option("--env", "environments", multiple=True, metavar="NAME", help="Only this environment.")
@click.option("--component", "components", multiple=True, metavar="NAME", help="Only this component.")
@click.option("--vars", "files", multiple=True, type=click.Path(path_type=Path), help="A vars file; later ones win.")
@click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help="A variable, such as environments=[dev].")
@click.option("--target", type=click.Choice(["local", "aws"]), help="Where to look. The default is local.")
@click.option("--parallel", type=click.IntRange(1, 256), help="Components at a time. The default is two for each core.")
@click.option("--format", "form", type=click.Choice(tuple(_FILES)), default="text", show_default=True)
@click.option("--exit-code", is_flag=True, help="End with 2 when there is drift.")
def command(
    stacks: tuple[str, ...],
    environments: tuple[str, ...],
    components: tuple[str, ...],
    files: tuple[Path, ...],
    sets: tuple[str, ...],
    target: str | None,
    parallel: int | None,
    form: str,
    exit_code: bool,
) -> int:
    """Compare what is declared, what Terraform's state says and what is really there. Changes nothing.

    Runs the project's diagram `drift`. Exit code 0: checked; 1: something could not be checked; with --exit-code 2:
    there is drift.
    """
    from mermaid_flow.engine.options import Options
    from mermaid_flow.session.prepare import Request, files_of
    from mermaid_flow.session.project import find_project
    from mermaid_flow.session.run import start
    from mermaid_flow.session.sequence import check_diagram, prepare_diagram

    try:
        at_once = parallel or 2 * (os.cpu_count() or 1)
        project = find_project(Path.cwd())
        only = [("only_stacks", stacks), ("only_environments", environments), ("only_components", components)]
        asked = tuple(f"{name}={json.dumps(names)}" for name, names in only if names)
        request = Request("drift", files_of(files), (*sets, *asked), target or project.target)
        prepared = prepare_diagram(project, request, parallel=at_once)
        for warning in check_diagram(prepared):
            click.echo(f"warning: {warning}", err=True)
        return _detect(start(prepared, options=Options(parallel=at_once)), form, exit_code)
    except MflowError as error:
        error.exit_code = FAILED
        raise


def _detect(run: Run, form: str, exit_code: bool) -> int:
    from mermaid_flow.cli.run import handled_signals, warn_of_trace
    from mermaid_flow.engine.record import RunRecord
    from mermaid_flow.session.telemetry import traced

    click.echo(run.prepared.target.describe(), err=True)
    with traced(run, warn_of_trace), handled_signals(run, partial(click.echo, err=True)):
        run.carry_out()
    record = RunRecord.open(run.folder)
    visits = [visit for node in record.nodes.values() if (visit := node.last)]
    made = next((visit.folder for visit in visits if (visit.folder / _FILES[form]).is_file()), None)
    if made is not None:
        click.echo((made / _FILES[form]).read_text(encoding="utf-8"), nl=False)
    click.echo(f"run {record.id}", err=True)
    for visit in visits:
        if visit.node in record.failures and visit.error:
            label = record.nodes[visit.node].label
            click.echo(f"{safe(label)} failed: {safe(visit.error.message)}\n  {safe(visit.error.hint)}", err=True)
    if made is None or record.status != "succeeded":
        return FAILED
    counts = json.loads((made / _FILES["json"]).read_text(encoding="utf-8"))["counts"]
    if counts.pop("not checked"):
        return FAILED
    counts.pop("in sync")
    return DRIFT if exit_code and any(counts.values()) else 0
