"""A lean lexer for lark grammars whose terminals are large and disjoint.

lark's own lexers make a `Token` with six positions of every match and look for line ends in it. In our grammars a token
is a whole node or a whole statement, and its parts are named groups: this lexer hands on the match itself. It costs a
third of lark's basic lexer, which is most of the time a parse takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from lark.common import LexerConf
from lark.exceptions import UnexpectedCharacters
from lark.lexer import Lexer, LexerState


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


class LeanLexer(Lexer):
    """All terminals in one regular expression, by descending priority; usable as `Lark(…, lexer=LeanLexer)`."""

    __future_interface__ = 2

    def __init__(self, configuration: LexerConf) -> None:
        terminals = sorted(configuration.terminals, key=lambda terminal: -terminal.priority)
        self.names = {terminal.name for terminal in terminals}
        self.pattern = re.compile("|".join(f"(?P<{it.name}>{it.pattern.to_regexp()})" for it in terminals))

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Lexeme]:  # type: ignore[override] # lark's stubs ask for its own Token; its parser needs only `type`
        text = lexer_state.text.text
        counter = lexer_state.line_ctr
        match_at = self.pattern.match
        position, length = counter.char_pos, len(text)
        while position < length:
            match = match_at(text, position)
            if match is None:
                raise UnexpectedCharacters(text, position, 0, 0, allowed=self.names, state=parser_state)  # type: ignore[no-untyped-call] # lark leaves it untyped
            start, position = position, match.end()
            # Who recovers from a problem goes on from here.
            counter.char_pos = position
            yield Lexeme(match.lastgroup or "", match, start)
