"""The lexer of flowcharts: a token is a run of whole statements, or a part of one that the parser cannot finish.

A parser in Python is as fast as it has few tokens and matches no text twice. A run is put together here, step by step:
a step is a node with the link, `&` or separator behind it, or a styling statement. The builder goes through the steps
and takes the parts from their groups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, ClassVar, TypeAlias

from lark.common import LexerConf
from lark.exceptions import UnexpectedCharacters
from lark.lexer import Lexer, LexerState

STYLING = ("STYLE", "CLASS_DEF", "CLASS", "LINK_STYLE", "CLICK")
"""The terminals of the statements that change how nodes and edges look."""

Parsed: TypeAlias = "Lexeme | Run | tuple[Lexeme, list[Parsed], Lexeme]"
"""What the parser makes: tokens, and subgraphs as their first line, what is in them, and their `end`."""
Statement: TypeAlias = "Lexeme | list[Lexeme] | tuple[Lexeme, list[Statement], Lexeme]"
"""The same without runs. A chain is a list: its nodes and what is between them."""

_IN_CHAIN = frozenset(("LINK", "AMPERSAND"))
_Matcher: TypeAlias = "Callable[[str, int], re.Match[str] | None]"


class _Token:
    """What lark asks of a token. It copies most of it to the token that stands for the end; nobody reads that."""

    __slots__ = ("start_pos", "type")

    line: ClassVar[None] = None
    column: ClassVar[None] = None
    end_line: ClassVar[None] = None
    end_column: ClassVar[None] = None
    end_pos: ClassVar[None] = None

    type: str
    start_pos: int


class Lexeme(_Token):
    """One terminal and its match, whose groups are the parts."""

    __slots__ = ("match",)

    def __init__(self, kind: str, match: re.Match[str], start: int) -> None:
        self.type = kind
        self.match = match
        self.start_pos = start


class Run(_Token):
    """Whole statements, one after the other.

    The `lastgroup` of a step is the joint behind its node (LINK, AMPERSAND, SEPARATOR), a styling statement, or None
    for a separator alone.
    """

    __slots__ = ("steps",)

    def __init__(self, steps: list[re.Match[str]], start: int) -> None:
        self.type = "STATEMENTS"
        self.steps = steps
        self.start_pos = start


class FlowchartLexer(Lexer):
    """At each place only the terminals that the parser would take there; those of a negative priority come last."""

    __future_interface__ = 2

    def __init__(self, configuration: LexerConf) -> None:
        terminals = sorted(configuration.terminals, key=lambda terminal: -terminal.priority)
        self._regexps = {terminal.name: terminal.pattern.to_regexp() for terminal in terminals}
        self._late = {terminal.name for terminal in terminals if terminal.priority < 0}
        self._matchers: dict[tuple[object, bool], _Matcher] = {}
        joints = one_of(self._regexps, ("LINK", "SEPARATOR", "AMPERSAND"))
        self._node_step = re.compile(f"{self._regexps['NODE']}(?:{joints})").match
        self._other_step = re.compile(f"{one_of(self._regexps, STYLING)}|{self._regexps['SEPARATOR']}").match

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[_Token]:  # type: ignore[override] # lark's stubs ask for its own Token; its parser needs only `type`
        text = lexer_state.text.text
        counter = lexer_state.line_ctr
        states, stack = parser_state.parse_conf.states, parser_state.state_stack
        position, length = counter.char_pos, len(text)
        while position < length:
            start, state = position, stack[-1]
            accepted = states[state]
            steps = self._whole_statements(text, start) if "STATEMENTS" in accepted else None
            if steps:
                # Who recovers from a problem goes on from here.
                counter.char_pos = position = steps[-1].end()
                yield Run(steps, start)
                continue
            match = self._matcher(state, accepted, late=False)(text, start)
            if match is None:
                match = self._matcher(state, accepted, late=True)(text, start)
            if match is None:
                allowed = self._regexps.keys() & accepted.keys()
                raise UnexpectedCharacters(text, start, 0, 0, allowed=allowed, state=parser_state)  # type: ignore[no-untyped-call] # lark leaves it untyped
            counter.char_pos = position = match.end()
            yield Lexeme(match.lastgroup or "", match, start)

    def _whole_statements(self, text: str, position: int) -> list[re.Match[str]]:
        node_step, other_step = self._node_step, self._other_step
        steps: list[re.Match[str]] = []
        whole = 0
        in_chain = False
        while True:
            step = node_step(text, position)
            if step is None:
                step = None if in_chain else other_step(text, position)
                if step is None:
                    break
            steps.append(step)
            position = step.end()
            in_chain = step.lastgroup in _IN_CHAIN
            if not in_chain:
                whole = len(steps)
        del steps[whole:]
        return steps

    def _matcher(self, state: object, accepted: Collection[str], late: bool) -> _Matcher:
        matcher = self._matchers.get((state, late))
        if matcher is None:
            names = [name for name in self._regexps if name in accepted and (name in self._late) == late]
            # `re` keeps what it has compiled, so states that take the same terminals share one. `(?!)` matches nothing.
            matcher = self._matchers[state, late] = re.compile(one_of(self._regexps, names) or "(?!)").match
        return matcher


def one_of(regexps: Mapping[str, str], names: Collection[str]) -> str:
    """A regular expression whose `lastgroup` is the name of the one that matches."""
    return "|".join(f"(?P<{name}>{regexps[name]})" for name in names)


def one_by_one(statements: list[Parsed], regexps: Mapping[str, str]) -> list[Statement]:
    """The statements with each run of them replaced by what it holds."""
    pieces = re.compile(one_of(regexps, ("NODE", "LINK", "SEPARATOR", "AMPERSAND", *STYLING)))
    result: list[Statement] = []
    for statement in statements:
        if isinstance(statement, tuple):
            result.append((statement[0], one_by_one(statement[1], regexps), statement[2]))
        elif isinstance(statement, Run):
            result.extend(_statements(statement, pieces))
        else:
            result.append(statement)
    return result


def _statements(run: Run, pieces: re.Pattern[str]) -> Iterator[Statement]:
    chain: list[Lexeme] = []
    for match in pieces.finditer(run.steps[0].string, run.start_pos, run.steps[-1].end()):
        lexeme = Lexeme(match.lastgroup or "", match, match.start())
        if lexeme.type in STYLING:
            yield lexeme
        elif lexeme.type != "SEPARATOR":
            chain.append(lexeme)
        elif chain:
            yield chain
            chain = []
