"""`mflow explain`: where a variable's value comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mermaid_flow.cli.output import format_option, print_json, safe

if TYPE_CHECKING:
    from mermaid_flow.inputs.variables import Variables


@click.command("explain")
@click.argument("variable")
@click.option("--vars", "files", multiple=True, type=click.Path(path_type=Path), help="A vars file; later ones win.")
@click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help="A variable (a.b=value).")
@click.option("--stack", default="", help="An Atmos stack of the project.")
@click.option("--component", default="", help="The stack's component.")
@format_option("text", "json")
def command(
    variable: str, files: tuple[Path, ...], sets: tuple[str, ...], stack: str, component: str, form: str
) -> int:
    """Show every layer that touched VARIABLE (a dotted path), the winner last, with file, line and column."""
    from mermaid_flow.errors import MflowError, did_you_mean

    variables = _variables(files, sets, stack, component)
    layers = variables.explain(variable)
    if not layers:
        hint = did_you_mean(variable, variables.names())
        raise MflowError(f"nothing sets the variable {variable!r}", code="inputs.missing", hint=hint)
    masked = variables.mask()
    hidden = variable in masked and masked[variable] != variables.to_plain()[variable]
    shown = [("***" if hidden else value, str(where)) for value, where in layers]
    if form == "json":
        print_json({"variable": variable, "layers": [{"value": value, "where": where} for value, where in shown]})
        return 0
    for index, (value, where) in enumerate(shown):
        mark = "=>" if index == len(shown) - 1 else "  "
        click.echo(f"{mark} {safe(json.dumps(value, ensure_ascii=False, default=str))}  {safe(where)}")
    return 0


def _variables(files: tuple[Path, ...], sets: tuple[str, ...], stack: str, component: str) -> Variables:
    from mermaid_flow.inputs.layers import load_inputs
    from mermaid_flow.session.project import find_project
    from mermaid_flow.session.stacks import stack_folder, stack_inputs

    project = find_project(Path.cwd())
    if stack and component:
        return stack_inputs(project, stack, component, files, sets, ())[0].variables
    if stack:
        return load_inputs(files, sets, base=stack_folder(project).load(stack).vars.layers).variables
    return load_inputs(files, sets).variables
