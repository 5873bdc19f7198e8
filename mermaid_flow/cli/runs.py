"""`mflow runs`: the runs of this project."""

from __future__ import annotations

import time

import click

from mermaid_flow.cli.database import database_option, records_here
from mermaid_flow.cli.output import clock, duration, format_option, print_json, print_table

STATUSES = ("running", "succeeded", "failed", "waiting", "cancelled", "interrupted")


@click.group("runs", invoke_without_command=True)
@click.option("--diagram", help="Only runs of this diagram.")
@click.option("--status", "statuses", multiple=True, type=click.Choice(STATUSES), help="Only runs that ended so.")
@click.option("--since", metavar="AGE", help="Only runs younger than this: `2h`, `3 days`.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most this many.")
@database_option
@format_option("text", "json")
@click.pass_context
def command(
    context: click.Context,
    diagram: str | None,
    statuses: tuple[str, ...],
    since: str | None,
    limit: int,
    database: str,
    form: str,
) -> None:
    """List the runs of this project, newest first."""
    if context.invoked_subcommand is not None:
        return
    from mermaid_flow.engine.durations import read_duration
    from mermaid_flow.engine.events import RunStatus

    youngest = time.time() - read_duration(since, "--since") if since else None
    found = records_here(database).list(
        diagram=diagram,
        statuses=[RunStatus(status) for status in statuses],
        since=youngest,
    )[:limit]
    if form == "json":
        print_json(
            [
                {
                    "id": run.id,
                    "diagram": run.folder.metadata.diagram,
                    "component": run.folder.metadata.component,
                    "target": run.folder.metadata.target,
                    "status": run.status,
                    "created": run.folder.metadata.created,
                    "seconds": run.seconds,
                }
                for run in found
            ]
        )
        return
    if not found:
        click.echo("no runs yet; start one with `mflow run DIAGRAM`")
        return
    rows = [
        (
            run.id,
            run.folder.metadata.diagram,
            run.status.value,
            clock(run.folder.metadata.created),
            duration(run.seconds),
            run.folder.metadata.component,
        )
        for run in found
    ]
    print_table(rows, ("RUN", "DIAGRAM", "STATUS", "STARTED", "TOOK", "COMPONENT"))


@command.command()
@click.option("--keep", type=click.IntRange(0), help="Keep this many of the newest runs.")
@click.option("--older-than", metavar="AGE", help="Remove runs older than this: `30 days`.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def prune(keep: int | None, older_than: str | None, yes: bool, database: str) -> int:
    """Remove the records of old runs; what they built stays."""
    from mermaid_flow.engine.durations import read_duration

    if keep is None and older_than is None:
        raise click.UsageError("say which ones: --keep N or --older-than AGE")
    if not yes:
        click.confirm("Remove the records of old runs?", abort=True)
    before = time.time() - read_duration(older_than, "--older-than") if older_than else None
    gone = records_here(database).prune(keep=keep, before=before)
    click.echo(f"{len(gone)} runs removed")
    return 0
