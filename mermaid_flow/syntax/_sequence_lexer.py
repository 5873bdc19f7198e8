"""The lexer of sequence diagrams: a token is a statement, or a run of statements that all rules treat alike.

A parser in Python is as fast as it has few tokens and matches no text twice. Most statements are messages, so they are
tried first; any other begins with a word that says which of the grammar's terminals to try. What matched stays with the
token: the builder takes the parts of a statement from the groups of its terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from lark.common import LexerConf
from lark.exceptions import UnexpectedCharacters
from lark.lexer import Lexer, LexerState

_FIRST_WORD = re.compile(r"[A-Za-z_]++")
_TERMINALS_BY_WORD = {
    "note": ("NOTE_OVER", "NOTE_BESIDE"),
    "actor": ("PARTICIPANT",),
    "activate": ("ACTIVATION",),
    "deactivate": ("ACTIVATION",),
    "link": ("LINKS",),
    "properties": ("LINKS",),
    "details": ("LINKS",),
    "acctitle": ("ACC_TITLE",),
    "accdescr": ("ACC_DESCR",),
}
"""For words that are not the terminal's name."""
_WITHOUT_WORD = ("HEADER", "COMMENT", "STRAY")

_MEMBERS = frozenset(("PARTICIPANT", "DESTROY", "COMMENT"))
"""What may stand in a box, and everywhere else."""
_NOT_IN_A_BOX = frozenset(
    (
        *("MESSAGE", "NOTE_OVER", "NOTE_BESIDE", "CREATE", "ACTIVATION", "AUTONUMBER", "LINKS"),
        *("TITLE", "ACC_TITLE", "ACC_DESCR", "STRAY"),
    )
)


class Run:
    """A token: one statement or several that follow one another. It has the type of the first."""

    __slots__ = ("start_pos", "statements", "type")

    # lark copies these to the token that stands for the end of the text; nobody reads them.
    line: ClassVar[None] = None
    column: ClassVar[None] = None
    end_line: ClassVar[None] = None
    end_column: ClassVar[None] = None
    end_pos: ClassVar[None] = None

    def __init__(self, statements: list[tuple[str, re.Match[str]]]) -> None:
        self.statements = statements
        self.type, first = statements[0]
        self.start_pos = first.start()

    @property
    def match(self) -> re.Match[str]:
        """What matched the first statement."""
        return self.statements[0][1]


class StatementLexer(Lexer):
    """Usable as `Lark(…, lexer=StatementLexer)`."""

    __future_interface__ = 2

    def __init__(self, configuration: LexerConf) -> None:
        patterns = {it.name: re.compile(it.pattern.to_regexp()) for it in configuration.terminals}
        self._message_at = patterns["MESSAGE"].match
        self._without_word = [(name, patterns[name].match) for name in _WITHOUT_WORD]
        by_word = {name.lower(): (name,) for name in patterns} | _TERMINALS_BY_WORD
        self._by_word = {
            word: [*((name, patterns[name].match) for name in names), *self._without_word]
            for word, names in by_word.items()
        }

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Run]:  # type: ignore[override] # lark's stubs ask for its own Token; its parser needs only `type`
        text = lexer_state.text.text
        counter = lexer_state.line_ctr
        position, length = counter.char_pos, len(text)
        found = self._statement_at(text, position)
        while position < length:
            if found is None:
                raise UnexpectedCharacters(text, position, 0, 0, state=parser_state)  # type: ignore[no-untyped-call] # lark leaves it untyped
            statements = [found]
            kind, match = found
            alike = _NOT_IN_A_BOX if kind in _NOT_IN_A_BOX else _MEMBERS if kind in _MEMBERS else ()
            position = match.end()
            while (found := self._statement_at(text, position)) and found[0] in alike:
                statements.append(found)
                position = found[1].end()
            # Who recovers from a problem goes on from here.
            counter.char_pos = position
            yield Run(statements)

    def _statement_at(self, text: str, position: int) -> tuple[str, re.Match[str]] | None:
        match = self._message_at(text, position)
        if match is not None:
            return "MESSAGE", match
        word = _FIRST_WORD.match(text, position)
        candidates = self._by_word.get(word[0].lower(), self._without_word) if word else self._without_word
        for name, match_at in candidates:
            match = match_at(text, position)
            if match is not None:
                return name, match
        return None
