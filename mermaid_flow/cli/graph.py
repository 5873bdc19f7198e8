"""`mflow graph`: the executable model of a diagram."""

from __future__ import annotations

from pathlib import Path

import click

from mermaid_flow.cli.output import print_json


@click.command("graph")
@click.argument("file")
def command(file: str) -> None:
    """Print what FILE is to the engine: roles, edge kinds, loops, stages, entries, exits, as JSON."""
    from mermaid_flow.errors import MflowError
    from mermaid_flow.graph.builder import build
    from mermaid_flow.graph.json_form import to_json
    from mermaid_flow.session.diagrams import load_diagram
    from mermaid_flow.session.project import find_project
    from mermaid_flow.syntax.sequence import SequenceDiagram

    name, _, diagram = load_diagram(find_project(Path(file)), file)
    if isinstance(diagram, SequenceDiagram):
        raise MflowError(f"{name} is a sequence diagram; see `mflow parse`", code="diagram.kind")
    print_json(to_json(build(diagram, name)))
