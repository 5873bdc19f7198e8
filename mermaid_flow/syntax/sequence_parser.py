"""Sequence diagrams to AST: `parse_sequence` for the diagram, `parse_sequence_all` for all its mistakes at once.

The grammar is `sequence.lark`, in which a token is a whole statement. Recovery is to report a statement that is none,
or that cannot stand where it does, and to go on with the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import cast

from lark import Lark, Tree
from lark.exceptions import UnexpectedInput

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.syntax._grammars import load_grammar
from mermaid_flow.syntax._sequence_builder import Builder
from mermaid_flow.syntax._sequence_diagnosis import Diagnosis
from mermaid_flow.syntax._sequence_lexer import Run, StatementLexer
from mermaid_flow.syntax._sequence_texts import hide_entities
from mermaid_flow.syntax.preprocess import Prepared, prepare
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source

_MOST_PROBLEMS = 100
"""A text that is no diagram at all would give one for each of its lines."""


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return load_grammar("sequence", StatementLexer, keep_all_tokens=True)


def read_statements(prepared: Prepared) -> Iterator[tuple[str, re.Match[str]]]:
    """The statements of a text that is known to be good: the names of their terminals, and what matched.

    The matches are in a text whose entities are hidden; places in it are places in the prepared text.
    """
    tree = cast("Tree[Run]", _parser().parse(hide_entities(prepared.text)))
    for run in tree.scan_values(lambda _: True):
        yield from run.statements


def parse_sequence(source: Source) -> SequenceDiagram:
    """The diagram of a text. Raises `MflowError`, or `Problems` when there are several, with the place of each."""
    diagram, problems = parse_sequence_all(prepare(source))
    if diagram is None:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    return diagram


def parse_sequence_all(prepared: Prepared) -> tuple[SequenceDiagram | None, list[MflowError]]:
    """The diagram, or None and every mistake in the text in its order."""
    text = hide_entities(prepared.text)
    diagnosis = Diagnosis(prepared, text)

    def recover(error: UnexpectedInput) -> bool:
        return diagnosis.add(error) and len(diagnosis.problems) < _MOST_PROBLEMS

    try:
        tree = cast("Tree[Run]", _parser().parse(text, on_error=recover))
    except UnexpectedInput:
        return None, diagnosis.problems
    builder = Builder(prepared, text, sound=not diagnosis.problems)
    diagram = builder.build(tree)
    problems = [*diagnosis.problems, *builder.problems][:_MOST_PROBLEMS]
    problems.sort(key=lambda problem: (problem.where.line, problem.where.column) if problem.where else (0, 0))
    return (None if problems else diagram), problems
