"""Sequence diagrams to AST: `parse_sequence` for the diagram, `parse_sequence_all` for all its mistakes at once.

The grammar is `sequence.lark`, in which a terminal is a whole statement. Recovery is to report a statement that is
none, or that cannot stand where it does, and to go on with the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

from lark import Lark
from lark.exceptions import UnexpectedInput
from lark.parsers.lalr_interactive_parser import InteractiveParser

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.syntax._allocation import CollectorPause
from mermaid_flow.syntax._grammars import load_grammar
from mermaid_flow.syntax._sequence_builder import Builder
from mermaid_flow.syntax._sequence_diagnosis import Diagnosis
from mermaid_flow.syntax._sequence_lexer import LexedStatement, Run, StatementLexer
from mermaid_flow.syntax._sequence_texts import hide_entities
from mermaid_flow.syntax.preprocess import Prepared, prepare
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source

_MOST_PROBLEMS = 100
"""A text that is no diagram at all would give one for each of its lines."""


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    return load_grammar("sequence", StatementLexer)


def _tokens(parser: InteractiveParser) -> Iterator[Run]:
    """The tokens of a parser's text, from where its lexer is."""
    return cast("Iterator[Run]", parser.lexer_thread.lex(parser.parser_state))  # type: ignore[no-untyped-call] # lark leaves it untyped


def read_statements(prepared: Prepared) -> Iterator[LexedStatement]:
    """The statements of a text that is known to be good: the names of their terminals, and what matched.

    The matches are in a text whose entities are hidden; places in it are places in the prepared text.
    """
    for token in _tokens(_grammar().parse_interactive(hide_entities(prepared.text))):
        yield token.type, token.match
        yield from token.followers


def parse_sequence(source: Source) -> SequenceDiagram:
    """The diagram of a text. Raises `MflowError`, or `Problems` when there are several, with the place of each."""
    diagram, problems = parse_sequence_all(prepare(source))
    if diagram is None:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    return diagram


def parse_sequence_all(prepared: Prepared) -> tuple[SequenceDiagram | None, list[MflowError]]:
    """The diagram, or None and every mistake in the text in its order."""
    with CollectorPause():
        return _parse(prepared)


def _parse(prepared: Prepared) -> tuple[SequenceDiagram | None, list[MflowError]]:
    text = hide_entities(prepared.text)
    parser = _grammar().parse_interactive(text)
    # Nobody looks at the values of the rules, so no tree is made of them.
    parser.parser_state.parse_conf.callbacks = {}
    diagnosis, builder = Diagnosis(prepared, text), Builder(prepared, text)
    while True:
        try:
            for token in _tokens(parser):
                parser.feed_token(cast(Any, token))
                builder.add(token)
            parser.feed_eof()  # type: ignore[no-untyped-call] # lark leaves it untyped
            break
        except UnexpectedInput as error:
            if not diagnosis.add(error, parser) or len(diagnosis.problems) >= _MOST_PROBLEMS:
                return None, diagnosis.problems
    problems = [*diagnosis.problems, *builder.problems(sound=not diagnosis.problems)][:_MOST_PROBLEMS]
    problems.sort(key=lambda problem: (problem.where.line, problem.where.column) if problem.where else (0, 0))
    return (None if problems else builder.diagram()), problems
