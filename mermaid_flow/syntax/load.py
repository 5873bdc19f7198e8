"""Diagrams from files, for programs."""

from __future__ import annotations

from pathlib import Path

from mermaid_flow.syntax.documents import read_sources
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.parse import parse
from mermaid_flow.syntax.sequence import SequenceDiagram


def load(path: Path | str) -> list[Flowchart | SequenceDiagram]:
    """The diagrams of a Mermaid file, or of all Mermaid fences of a Markdown file, in order.

    Raises MflowError with the place for a file that cannot be read and a text that is not in the language, Problems
    for several mistakes.
    """
    return [parse(source) for source in read_sources(Path(path))]
