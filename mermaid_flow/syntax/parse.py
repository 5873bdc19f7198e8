"""The way into the language: text to AST, whichever kind of diagram it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mermaid_flow.errors import MflowError, Problems, did_you_mean
from mermaid_flow.syntax.preprocess import Prepared, prepare
from mermaid_flow.syntax.problems import SyntaxProblem
from mermaid_flow.syntax.source import Source

if TYPE_CHECKING:
    from mermaid_flow.syntax.flowchart import Flowchart
    from mermaid_flow.syntax.sequence import SequenceDiagram

# Mermaid looks past lines that begin with `%%`, even those that its grammars do not know as comments.
_FIRST_WORD = re.compile(r"(?:\s++|%%[^\n]*+\n)*+([\w-]+|\S?)")
_FIRST_LINE = "begin with `flowchart TD` or `sequenceDiagram`"
# The other kinds that Mermaid 12.3 draws, by the words their texts begin with.
_OTHER_KIND = re.compile(
    r"(?:architecture|block|C4[A-Z]\w+|classDiagram|cynefin|erDiagram|gantt|gitGraph|info|ishikawa|journey|kanban|mindmap"
    r"|packet|pie|quadrantChart|radar|railroad|requirement(?:Diagram)?|sankey|stateDiagram|swimlane|timeline|treemap"
    r"|treeView|usecase|venn|wardley|xychart|zenuml)(?:-beta|-v2)?"
)


def parse(source: Source | str) -> Flowchart | SequenceDiagram:
    """The diagram that a text describes.

    Raises `MflowError` with the place for what is not in the language, or `Problems` when that is more than one thing.
    """
    diagram, problems = parse_all_problems(source)
    if diagram is None:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    return diagram


def parse_all_problems(source: Source | str) -> tuple[Flowchart | SequenceDiagram | None, list[MflowError]]:
    """The diagram, or None and all that is wrong with the text, in the order of the text."""
    if isinstance(source, str):
        source = Source(source)
    try:
        prepared = prepare(source)
        kind = _kind(prepared)
    except MflowError as error:
        return None, [error]
    # Each grammar is loaded when the first diagram of its kind comes along.
    if kind == "sequence":
        from mermaid_flow.syntax.sequence_parser import parse_sequence_all  # noqa: PLC0415

        return parse_sequence_all(prepared)
    from mermaid_flow.syntax.flowchart_parser import parse_flowchart_all  # noqa: PLC0415

    return parse_flowchart_all(prepared)


def _kind(prepared: Prepared) -> str:
    """Which grammar reads a text, by its first word."""
    match = _FIRST_WORD.match(prepared.text)
    word = match[1] if match else ""
    if word.startswith("sequenceDiagram"):
        return "sequence"
    if word.startswith(("graph", "flowchart")):
        return "flowchart"
    where = prepared.source.location(prepared.span(*match.span(1)) if match else prepared.span(0, 0))
    if not word:
        raise SyntaxProblem("there is no diagram in this text", hint=_FIRST_LINE, where=where)
    if _OTHER_KIND.fullmatch(word):
        raise SyntaxProblem(f"{word} diagrams do not run, only flowcharts and sequence diagrams do", where=where)
    hint = did_you_mean(word, ("flowchart", "graph", "sequenceDiagram")) or _FIRST_LINE
    raise SyntaxProblem(f"a diagram cannot begin with {word!r}", hint=hint, where=where)
