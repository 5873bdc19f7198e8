"""Sequence diagrams to AST: `parse_sequence` for the diagram, `parse_sequence_all` for all its mistakes at once.

The grammar is `sequence.lark`, in which a token is a whole statement. Recovery is to report a statement that is none,
or that cannot stand where it does, and to go on with the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from lark import Lark, Tree
from lark.exceptions import UnexpectedInput

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.syntax._grammars import load_grammar
from mermaid_flow.syntax._lexer import LeanLexer, Lexeme
from mermaid_flow.syntax._sequence_builder import Builder
from mermaid_flow.syntax._sequence_diagnosis import Diagnosis
from mermaid_flow.syntax._sequence_texts import hide_entities
from mermaid_flow.syntax.preprocess import Prepared, prepare
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source

_MOST_PROBLEMS = 100
"""A text that is no diagram at all would give one for each of its lines."""


@dataclass(frozen=True, slots=True)
class _Grammar:
    parser: Lark
    patterns: Mapping[str, re.Pattern[str]]
    """The terminals by name; a terminal's groups are the parts of its statement."""


@lru_cache(maxsize=1)
def _grammar() -> _Grammar:
    parser = load_grammar("sequence", LeanLexer, keep_all_tokens=True)
    patterns = {terminal.name: re.compile(terminal.pattern.to_regexp()) for terminal in parser.terminals}
    return _Grammar(parser, patterns)


def read_statements(prepared: Prepared) -> Iterator[tuple[str, re.Match[str]]]:
    """The statements of a text that is known to be good: the terminals' names and matches, one for each message.

    The matches are in a text whose entities are hidden; places in it are places in the prepared text.
    """
    text = hide_entities(prepared.text)
    grammar = _grammar()
    for lexeme in cast("Tree[Lexeme]", grammar.parser.parse(text)).scan_values(lambda _: True):
        if lexeme.type == "MESSAGES":
            for match in grammar.patterns["MESSAGE"].finditer(text, lexeme.start_pos, lexeme.match.end()):
                yield "MESSAGE", match
        else:
            whole = grammar.patterns[lexeme.type].match(text, lexeme.start_pos)
            assert whole is not None  # noqa: S101 - the lexer took it with this pattern
            yield lexeme.type, whole


def parse_sequence(source: Source) -> SequenceDiagram:
    """The diagram of a text. Raises `MflowError`, or `Problems` when there are several, with the place of each."""
    diagram, problems = parse_sequence_all(prepare(source))
    if diagram is None:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    return diagram


def parse_sequence_all(prepared: Prepared) -> tuple[SequenceDiagram | None, list[MflowError]]:
    """The diagram, or None and every mistake in the text in its order."""
    text = hide_entities(prepared.text)
    grammar = _grammar()
    diagnosis = Diagnosis(prepared, text)

    def recover(error: UnexpectedInput) -> bool:
        return diagnosis.add(error) and len(diagnosis.problems) < _MOST_PROBLEMS

    try:
        tree = cast("Tree[Lexeme]", grammar.parser.parse(text, on_error=recover))
    except UnexpectedInput:
        return None, diagnosis.problems
    builder = Builder(prepared, text, grammar.patterns, sound=not diagnosis.problems)
    diagram = builder.build(tree)
    problems = [*diagnosis.problems, *builder.problems][:_MOST_PROBLEMS]
    problems.sort(key=lambda problem: (problem.where.line, problem.where.column) if problem.where else (0, 0))
    return (None if problems else diagram), problems
