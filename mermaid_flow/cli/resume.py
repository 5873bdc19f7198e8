"""`mflow resume`: go on with a run that failed, was cancelled, waits, or whose process died."""

from __future__ import annotations

from pathlib import Path

import click

from mermaid_flow.cli.database import database_option
from mermaid_flow.cli.output import detail_option, format_option
from mermaid_flow.cli.request import show_warnings


@click.command("resume")
@click.argument("run", default="latest")
@click.option("--from", "start_from", metavar="NODE", help="Run this node and everything after it again.")
@click.option("--vars", "files", multiple=True, type=click.Path(path_type=Path), help="Use these vars files instead.")
@click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help="Further settings, over the recorded ones.")
@click.option("--parallel", type=click.IntRange(1, 256), default=None, help="How many nodes run at once.")
@click.option("--auto-approve", is_flag=True, help="Let nodes that wait for a person go on.")
@click.option("--no-wait", is_flag=True, help="End as waiting instead of staying for an approval.")
@database_option
@format_option("text", "json")
@detail_option
def command(
    run: str,
    start_from: str | None,
    files: tuple[Path, ...],
    sets: tuple[str, ...],
    parallel: int | None,
    auto_approve: bool,
    no_wait: bool,
    database: str,
    form: str,
    detail: str | None,
) -> int:
    """Go on with RUN (an id, the beginning of one, or `latest`).

    What succeeded is kept unless its inputs have changed; everything else runs.
    """
    from mermaid_flow.cli.run import carry_out, follow
    from mermaid_flow.engine.options import Options
    from mermaid_flow.errors import MflowError
    from mermaid_flow.session.prepare import files_of, recorded_request
    from mermaid_flow.session.project import find_project
    from mermaid_flow.session.records import records_of
    from mermaid_flow.session.run import resume
    from mermaid_flow.session.sequence import check_diagram, prepare_diagram

    project = find_project(Path.cwd())
    records = records_of(project, database)
    folder = records.find(run)
    if folder.metadata.parent is not None:
        raise MflowError(
            f"run {folder.id} is a part of run {folder.metadata.parent}",
            code="resume.nested",
            hint=f"mflow resume {run.partition('.')[0]}",
        )
    request = recorded_request(folder.metadata, files_of(files), sets)
    prepared = prepare_diagram(project, request)
    show_warnings(check_diagram(prepared), strict=False)
    options = Options(parallel=parallel or project.parallel, wait=not no_wait, auto_approve=auto_approve)
    if records.database is not None:
        from mermaid_flow.session import distributed

        return follow(distributed.resume(prepared, folder, options=options, start_from=start_from), form, detail)
    return carry_out(resume(prepared, folder, options=options, start_from=start_from), form, detail)
