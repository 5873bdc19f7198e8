"""`mflow parse`: a diagram's syntax tree."""

from __future__ import annotations

from pathlib import Path

import click

from mermaid_flow.cli.output import print_json


@click.command("parse")
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Print the syntax tree of FILE as JSON: an object for one diagram, a list for several in a Markdown file."""
    from mermaid_flow.errors import MflowError
    from mermaid_flow.syntax.documents import read_sources
    from mermaid_flow.syntax.json_form import to_json
    from mermaid_flow.syntax.parse import parse

    trees = [to_json(parse(source)) for source in read_sources(file)]
    if not trees:
        raise MflowError(f"there is no Mermaid diagram in {file}", code="diagram.missing")
    print_json(trees[0] if len(trees) == 1 else trees)
