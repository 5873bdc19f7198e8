"""Flowchart text to AST: the grammar of `flowchart.lark`, and going on after a mistake to find the next one."""

from __future__ import annotations

import functools
from itertools import islice
from typing import Any, cast

from lark import Lark
from lark.exceptions import UnexpectedInput, UnexpectedToken

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.syntax._allocation import CollectorPause
from mermaid_flow.syntax._flowchart_builder import build
from mermaid_flow.syntax._flowchart_diagnosis import diagnose, swallowed_lines
from mermaid_flow.syntax._flowchart_lexer import FlowchartLexer, Lexeme, Parsed, Statement, one_by_one
from mermaid_flow.syntax._grammars import load_grammar
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.preprocess import Prepared, prepare
from mermaid_flow.syntax.source import Source

_MOST_PROBLEMS = 50


def parse_flowchart(source: Source) -> Flowchart:
    """The flowchart of a text. Raises `MflowError`, or `Problems` when there are several, all with places."""
    flowchart, problems = parse_flowchart_all(prepare(source))
    if flowchart is None:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    return flowchart


def parse_flowchart_all(prepared: Prepared) -> tuple[Flowchart | None, list[MflowError]]:
    """The flowchart, or None and the mistakes in the text in their order."""
    with CollectorPause():
        return _parse(prepared)


def _parse(prepared: Prepared) -> tuple[Flowchart | None, list[MflowError]]:
    grammar = _grammar()
    problems: list[MflowError] = []

    unread_subgraphs = 0

    def recover(error: UnexpectedInput) -> bool:
        nonlocal unread_subgraphs
        if unread_subgraphs and prepared.text.startswith("end", error.pos_in_stream):
            # The `end` of a subgraph whose first line has been reported.
            unread_subgraphs -= 1
        else:
            unread_subgraphs += prepared.text.startswith("subgraph", error.pos_in_stream)
            problems.append(diagnose(prepared, error))
        return len(problems) < _MOST_PROBLEMS and _skip_statement(error)

    try:
        statements = cast("list[Parsed]", grammar.parse(prepared.text, on_error=recover))
    except UnexpectedInput:
        return None, problems
    flowchart, mistakes = build(prepared, statements, sound=not problems)
    if not problems and "direction" in prepared.text:
        problems += islice(swallowed_lines(prepared, _one_by_one(statements)), _MOST_PROBLEMS)
    problems += mistakes
    problems.sort(key=lambda problem: (problem.where.line, problem.where.column) if problem.where else (0, 0))
    return (None if problems else flowchart), problems[:_MOST_PROBLEMS]


def read_statements(prepared: Prepared) -> list[Statement]:
    """The statements of a text that is known to be good, for those who write it anew; a chain is a list of lexemes."""
    return _one_by_one(cast("list[Parsed]", _grammar().parse(prepared.text)))


def _one_by_one(statements: list[Parsed]) -> list[Statement]:
    return one_by_one(statements, {terminal.name: terminal.pattern.to_regexp() for terminal in _grammar().terminals})


@functools.cache
def _grammar() -> Lark:
    return load_grammar("flowchart", FlowchartLexer, transformer=_Statements())


def _skip_statement(error: Any) -> bool:
    """Drop the statement that a mistake is in and go on at the end of its line, if there is a way to."""
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return False
    state = error.interactive_parser.parser_state
    lexer = error.interactive_parser.lexer_thread.state
    states = state.parse_conf.states
    kept = len(state.state_stack)
    while kept and "SUBGRAPH" not in states[state.state_stack[kept - 1]]:
        kept -= 1
    line_end = lexer.text.text.find("\n", error.pos_in_stream)
    if not kept or line_end < 0:
        return False
    del state.state_stack[kept:]
    del state.value_stack[kept - 1 :]
    lexer.line_ctr.char_pos = line_end
    return True


class _Statements:
    """The grammar's rules as callbacks: they grow flat lists of lexemes, so that no tree is made in between."""

    def start(self, children: list[Any]) -> list[Parsed]:
        header, statements = children
        return [header, *statements]

    def nothing(self, _children: list[Any]) -> list[Parsed]:
        return []

    def skip(self, children: list[Any]) -> list[Parsed]:
        statements: list[Parsed] = children[0]
        return statements

    def add(self, children: list[Any]) -> list[Parsed]:
        statements: list[Parsed] = children[0]
        statements.append(children[1])
        return statements

    def subgraph(self, children: list[Any]) -> tuple[Lexeme, list[Parsed], Lexeme]:
        opening, statements, end = children
        return opening, statements, end

    def unfinished(self, _children: list[Any]) -> None:
        """See the grammar: no statement comes of it."""

    chain = unfinished
