"""`mflow show`: one run, from its record."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from mermaid_flow.cli.database import database_option, records_here
from mermaid_flow.cli.output import clock, duration, format_option, print_json, print_table, safe

if TYPE_CHECKING:
    from mermaid_flow.engine.folder import RunFolder
    from mermaid_flow.engine.record import NodeRecord, RunRecord


@click.command("show")
@click.argument("run", default="latest")
@click.option("--log", "node", metavar="NODE", help="Print the log of this node (an id or a label).")
@click.option("--follow", is_flag=True, help="Print events until the run ends.")
@database_option
@format_option("text", "json")
def command(run: str, node: str | None, follow: bool, database: str, form: str) -> int:
    """Show RUN (an id, the beginning of one, or `latest`): nodes, decisions, resources, outputs.

    RUN.INNER is a run nested in it: of a sub-workflow, by its id or by the name of its diagram.
    """
    from mermaid_flow.engine.record import RunRecord

    folder = records_here(database).find(run)
    record = RunRecord.open(folder)
    if follow:
        _follow(record, folder, form)
        if form == "json":
            return 0
        record = RunRecord.open(folder)
    if node is not None:
        _print_log(record, node)
    elif form == "json":
        from mermaid_flow.engine.record_json import to_json

        print_json(to_json(record))
    else:
        _print_record(record)
    return 0


def _print_record(record: RunRecord) -> None:
    from mermaid_flow.engine.nested_runs import run_name

    metadata = record.metadata
    took = f", {duration(record.seconds)}" if record.seconds is not None else ""
    click.echo(f"{safe(metadata.diagram)} on {metadata.target}: {record.status.value}{took}")
    name = run_name(metadata, record.path)
    click.echo(f"run {name}, started {clock(record.started)}, component {safe(metadata.component) or '-'}\n")
    rows = [
        (node.label, node.status.value, duration(node.seconds) if node.visits else "", _details(node))
        for node in record.nodes.values()
    ]
    print_table(rows, ("NODE", "STATUS", "TOOK", ""))
    _print_nested(record)
    for component in record.components.values():
        if component.outputs:
            click.echo(f"\noutputs of {safe(component.name)}")
            for name, value in component.outputs.items():
                click.echo(f"  {safe(name)} = {safe(value)}")
    failed = [node for node in record.nodes.values() if node.last and node.last.error]
    for node in failed:
        error = node.last.error if node.last else None
        click.secho(f"\n{safe(node.label)} failed", fg="red", bold=True)
        if error:
            click.echo(f"  {safe(error.message)}")
            if error.hint:
                click.echo(f"  hint: {safe(error.hint)}")
        click.echo(f"  log: mflow show {name} --log {safe(node.id)}")


def _print_nested(record: RunRecord) -> None:
    """The runs of sub-workflows, by the names that commands know them by."""
    from mermaid_flow.render.nested import nested_of

    rows = [
        (node.label, run.diagram, "waiting" if run.waits else run.status.value, duration(run.seconds), run.name)
        for node in record.nodes.values()
        for run in nested_of(node)
    ]
    if rows:
        click.echo()
        print_table(rows, ("SUB-WORKFLOW", "DIAGRAM", "STATUS", "TOOK", "RUN"))


def _details(node: NodeRecord) -> str:
    visit = node.last
    if visit is None:
        return ""
    parts: list[str] = []
    if visit.decision:
        origin = visit.decision.where or visit.decision.source
        parts.append(f"{', '.join(visit.decision.labels) or 'default'}  ({origin})")
    if visit.skipped:
        parts.append(visit.skipped)
    if visit.changes:
        parts.append(str(visit.changes))
    if len(node.visits) > 1:
        parts.append(f"{len(node.visits)} visits")
    return "  ".join(parts)


def _print_log(record: RunRecord, name: str) -> None:
    from mermaid_flow.errors import MflowError, did_you_mean

    found = [node for node in record.nodes.values() if name in (node.id, node.label)]
    if not found:
        hint = did_you_mean(name, [*record.nodes, *(node.label for node in record.nodes.values())])
        raise MflowError(f"run {record.id} has no node {name!r}", code="run.node", hint=hint)
    for visit in found[0].visits:
        if visit.log.is_file():
            if len(found[0].visits) > 1:
                click.secho(f"visit {visit.number}", dim=True)
            for line in visit.log.read_text(encoding="utf-8", errors="replace").splitlines():
                click.echo(safe(line))


def _follow(record: RunRecord, folder: RunFolder, form: str) -> None:
    from mermaid_flow.engine.follow import follow
    from mermaid_flow.render.lines import Lines
    from mermaid_flow.render.progress import RunProgress
    from mermaid_flow.render.reporters import JsonLines, Reporter

    report: Reporter = (
        JsonLines(sys.stdout) if form == "json" else Lines(RunProgress.of_record(record), sys.stdout, time.time)
    )
    for event in follow(folder):
        report.event(event)
