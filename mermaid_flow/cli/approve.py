"""`mflow approve` and `mflow reject`: answer a node that waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mermaid_flow.cli.database import database_option
from mermaid_flow.cli.output import safe

if TYPE_CHECKING:
    from mermaid_flow.engine.approvals import Approvers
    from mermaid_flow.engine.journal import OpenJournal


@click.command("approve")
@click.argument("run")
@click.argument("node")
@click.option("--choice", default="", help="The edge label to choose, where the node has several.")
@click.option("--comment", default="", help="Why; it is recorded.")
@database_option
def command(run: str, node: str, choice: str, comment: str, database: str) -> int:
    """Let NODE (an id or a label) of RUN go on."""
    from mermaid_flow.engine.approvals import approve, current_person

    with _waiting_run(run, database) as (journal, labels, approvers):
        event = approve(
            journal, node, current_person(), choice=choice, comment=comment, labels=labels, approvers=approvers
        )
    click.echo(f"approved {safe(labels.get(event.node or '', event.node))} as {event.data['by']}")
    return 0


@click.command("reject")
@click.argument("run")
@click.argument("node")
@click.option("--comment", default="", help="Why; it is recorded.")
@database_option
def rejection(run: str, node: str, comment: str, database: str) -> int:
    """Refuse NODE (an id or a label) of RUN: it fails."""
    from mermaid_flow.engine.approvals import current_person, reject

    with _waiting_run(run, database) as (journal, labels, approvers):
        event = reject(journal, node, current_person(), comment=comment, labels=labels, approvers=approvers)
    click.echo(f"rejected {safe(labels.get(event.node or '', event.node))} as {event.data['by']}")
    return 0


@contextmanager
def _waiting_run(name: str, database: str) -> Iterator[tuple[OpenJournal, dict[str, str], Approvers]]:
    from mermaid_flow.engine.approvals import read_approvers
    from mermaid_flow.engine.record import RunRecord
    from mermaid_flow.session.project import find_project
    from mermaid_flow.session.records import records_of

    project = find_project(Path.cwd())
    folder = records_of(project, database).find(name)
    labels = {node.id: node.label for node in RunRecord.open(folder).nodes.values()}
    with folder.journal() as journal:
        yield journal, labels, read_approvers(project.approvals or None)
