"""A lean lexer for lark grammars whose terminals are large and disjoint.

lark's own lexers make a `Token` with six positions of every match and look for line ends in it. In our grammars a token
is a whole statement, and its parts are groups: this lexer hands on the match itself. It takes a third of the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from typing import Any, ClassVar, TypeAlias

from lark.common import LexerConf
from lark.exceptions import UnexpectedCharacters
from lark.lexer import Lexer, LexerState

_Matcher: TypeAlias = "Callable[[str, int], re.Match[str] | None]"
_GROUP_NAME = re.compile(r"\(\?P<\w+>")


class Lexeme:
    """A token: the terminal's name and the match of its regular expression."""

    __slots__ = ("match", "start_pos", "type")

    # lark copies these to the token that stands for the end of the text; nobody reads them.
    line: ClassVar[None] = None
    column: ClassVar[None] = None
    end_line: ClassVar[None] = None
    end_column: ClassVar[None] = None
    end_pos: ClassVar[None] = None

    def __init__(self, kind: str, match: re.Match[str], start: int) -> None:
        self.type = kind
        self.match = match
        self.start_pos = start


class ContextualLeanLexer(Lexer):
    """At each place only the terminals that the parser would take there, without their groups.

    It suits a grammar in which one terminal is a run of what others are one by one: the run is tried only where it may
    begin, and a terminal may hold others more than once. Terminals of a negative priority are tried when no other
    matches. Regular expressions are made when they are first needed.
    """

    __future_interface__ = 2

    def __init__(self, configuration: LexerConf) -> None:
        self.terminals = {
            terminal.name: _GROUP_NAME.sub("(?:", terminal.pattern.to_regexp())
            for terminal in sorted(configuration.terminals, key=lambda terminal: -terminal.priority)
        }
        self.late = {terminal.name for terminal in configuration.terminals if terminal.priority < 0}
        self.matchers: dict[tuple[object, bool], _Matcher] = {}

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Lexeme]:  # type: ignore[override] # as above
        text = lexer_state.text.text
        counter = lexer_state.line_ctr
        states, stack = parser_state.parse_conf.states, parser_state.state_stack
        position, length = counter.char_pos, len(text)
        while position < length:
            state = stack[-1]
            match = self._matcher(state, states[state], late=False)(text, position)
            if match is None:
                match = self._matcher(state, states[state], late=True)(text, position)
            if match is None:
                allowed = self.terminals.keys() & states[state].keys()
                raise UnexpectedCharacters(text, position, 0, 0, allowed=allowed, state=parser_state)  # type: ignore[no-untyped-call] # as above
            start, position = position, match.end()
            counter.char_pos = position
            yield Lexeme(match.lastgroup or "", match, start)

    def _matcher(self, state: object, accepted: Container[str], late: bool) -> _Matcher:
        matcher = self.matchers.get((state, late))
        if matcher is None:
            names = [name for name in self.terminals if name in accepted and (name in self.late) == late]
            # `re` keeps what it has compiled, so states that take the same terminals share one. `(?!)` matches nothing.
            pattern = "|".join(f"(?P<{name}>{self.terminals[name]})" for name in names) or "(?!)"
            matcher = self.matchers[state, late] = re.compile(pattern).match
        return matcher
