"""`mflow destroy`: take down again what a diagram has built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mermaid_flow.cli.output import format_option, print_json, safe
from mermaid_flow.cli.request import prepared_option, selection_options

if TYPE_CHECKING:
    from mermaid_flow.session.sequence import AnyPrepared
    from mermaid_flow.terraform.progress import ComponentEvent


@click.command("destroy")
@click.option("--yes", is_flag=True, help="Do not ask. The local target never asks.")
@format_option("text", "json")
@selection_options
@prepared_option
def command(prepared: AnyPrepared, yes: bool, form: str) -> int:
    """Destroy the component of DIAGRAM, as its vars name it, and every other one that was deployed for it."""
    from mermaid_flow.session.destroy import destroy, destroyed_with
    from mermaid_flow.terraform.progress import ResourceProgress

    click.echo(prepared.target.describe(), err=form == "json")
    name = prepared.component_path
    if not yes and prepared.target.name != "local" and (names := destroyed_with(prepared)):
        click.confirm(f"Destroy everything in {safe(', '.join(names))}?", abort=True)
    gone: list[str] = []

    def observe(report: ComponentEvent) -> None:
        if isinstance(report, ResourceProgress) and report.state == "complete":
            gone.append(report.address)
            if form == "text":
                click.echo(f"  {safe(report.address)} {report.action}d")

    components = destroy(prepared, observe)
    if form == "json":
        print_json({"component": name, "components": list(components), "destroyed": gone})
    else:
        click.echo(f"{safe(name)}: {len(gone)} resources destroyed" if gone else f"{safe(name)}: nothing to destroy")
    return 0
