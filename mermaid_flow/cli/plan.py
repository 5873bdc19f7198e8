"""`mflow plan`: what a run would do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mermaid_flow.cli.output import format_option, print_json, safe
from mermaid_flow.cli.request import prepared_option, selection_options, show_warnings

if TYPE_CHECKING:
    from mermaid_flow.session.plan import RunPlan
    from mermaid_flow.session.preflight import Step
    from mermaid_flow.session.sequence import AnyPrepared
    from mermaid_flow.terraform.plan import ComponentPlan

_SIGNS = {"create": "+", "update": "~", "delete": "-", "replace": "±", "read": "?", "import": "<", "forget": "x"}


@click.command("plan")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan for `mflow run --plan`.")
@click.option("--strict", is_flag=True, help="Warnings about the inputs are errors.")
@format_option("text", "json")
@selection_options
@prepared_option
def command(prepared: AnyPrepared, out: Path | None, strict: bool, form: str) -> int:
    """Show what a run of DIAGRAM would do, and change nothing."""
    from mermaid_flow.session.plan import as_json, plan
    from mermaid_flow.session.prepare import Prepared, not_a_flowchart

    if not isinstance(prepared, Prepared):
        raise not_a_flowchart(prepared.name)
    if form == "text":
        click.echo(prepared.target.describe())
    planned = plan(prepared)
    show_warnings(planned.warnings, strict)
    if out is not None:
        out.write_text(json.dumps(as_json(planned), indent=2) + "\n", encoding="utf-8")
        out.chmod(0o600)
    if form == "json":
        print_json(as_json(planned))
    else:
        _print(planned, "")
        if out is not None:
            click.echo(f"\nsaved; apply exactly this with: mflow run {safe(prepared.request.diagram)} --plan {out}")
    return 0


def _print(planned: RunPlan, indent: str) -> None:
    click.echo(f"\n{indent}path of {safe(planned.diagram)} (boxes of one number can run side by side)")
    width = max((len(step.node.label) for step in planned.steps), default=0)
    for step in planned.steps:
        line = f"{indent}{step.wave:4}  {safe(step.node.label).ljust(width)}  {_what(step)}"
        click.secho(line.rstrip(), dim=not step.certain)
    for component in planned.components:
        _print_component(component, indent)
    for inner in planned.nested:
        _print(inner, indent + "  ")


def _what(step: Step) -> str:
    if step.answer is not None:
        origin = f"{step.answer.source}: {step.answer.where}" if step.answer.where else step.answer.source
        return f"{', '.join(step.answer.labels) or 'default'}  ({safe(origin)})"
    maybe = "" if step.certain else "only on some answers; "
    return maybe + safe(step.later)


def _print_component(component: ComponentPlan, indent: str) -> None:
    counts = "  ".join(
        f"{sign}{component.count(action)}" for action, sign in (("create", "+"), ("update", "~"), ("delete", "-"))
    )
    click.echo(f"\n{indent}component {safe(component.component)}: {counts}")
    for change in component.changes:
        click.echo(f"{indent}  {_SIGNS.get(change.action, '?')} {safe(change.address)}")
        if change.action in ("update", "replace"):
            for attribute in change.attributes():
                click.echo(
                    f"{indent}      {safe(attribute.path)}: {_value(attribute.before)} -> {_value(attribute.after)}"
                )
    for change in component.drift:
        click.echo(f"{indent}  changed outside: {safe(change.address)}")


def _value(value: object) -> str:
    return safe(json.dumps(value, ensure_ascii=False, default=str))
