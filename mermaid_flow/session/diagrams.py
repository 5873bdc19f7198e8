"""Finds the diagram that a user names: a file, a name in the project, or one of several in a Markdown file."""

from __future__ import annotations

from mermaid_flow.errors import MflowError
from mermaid_flow.session.project import Project
from mermaid_flow.syntax.documents import read_sources
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.parse import parse
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source


def load_diagram(project: Project, name: str) -> tuple[str, Source, Flowchart | SequenceDiagram]:
    """The diagram's name, source and syntax tree; `file.md#2` is the second diagram of a Markdown file."""
    path, _, number = name.partition("#")
    file = project.diagram_file(path)
    sources = read_sources(file)
    if not sources:
        raise MflowError(f"there is no Mermaid diagram in {file}", code="diagram.missing")
    index = int(number) if number.isdigit() else 1
    if not 1 <= index <= len(sources):
        raise MflowError(f"{file} has {len(sources)} diagrams, not {number}", code="diagram.missing")
    if len(sources) > 1 and not number:
        raise MflowError(
            f"{file} has {len(sources)} diagrams", code="diagram.ambiguous", hint=f"name one of them: {file}#1"
        )
    stem = file.stem if len(sources) == 1 else f"{file.stem}-{index}"
    source = sources[index - 1]
    return stem, source, parse(source)
