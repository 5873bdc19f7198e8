"""The lexer of sequence diagrams: a token is a statement with the plain ones behind it, those that open or end nothing.

A parser in Python is as fast as it has few tokens and matches no text twice. Most statements are messages, so they are
tried first; any other begins with a word that says which of the grammar's terminals to try. What matched stays with the
token: the builder takes the parts of a statement from the groups of its terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, TypeAlias

from lark.common import LexerConf
from lark.exceptions import UnexpectedCharacters
from lark.lexer import Lexer, LexerState

LexedStatement: TypeAlias = "tuple[str, re.Match[str]]"
"""The name of a terminal, and what it matched."""

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


_PLAIN = _MEMBERS | _NOT_IN_A_BOX
_FOLLOWERS = {
    "BOX": _MEMBERS,
    **dict.fromkeys(_MEMBERS, _MEMBERS),
    **dict.fromkeys(_NOT_IN_A_BOX, _NOT_IN_A_BOX),
}
"""What a token may take up behind its first statement; behind any other than these, all plain ones."""


class Run:
    """A token: a statement, of which it has the type, and the plain ones behind it."""

    __slots__ = ("followers", "match", "start_pos", "type")

    # lark copies these to the token that stands for the end of the text; nobody reads them.
    line: ClassVar[None] = None
    column: ClassVar[None] = None
    end_line: ClassVar[None] = None
    end_column: ClassVar[None] = None
    end_pos: ClassVar[None] = None

    def __init__(self, kind: str, match: re.Match[str], followers: list[LexedStatement]) -> None:
        self.type = kind
        self.match = match
        self.followers = followers
        self.start_pos = match.start()

    @property
    def is_plain(self) -> bool:
        """Whether the first statement is a plain one too."""
        return self.type in _PLAIN


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
        message_at, other_at = self._message_at, self._other_at
        found = self._statement_at(text, position)
        while position < length:
            if found is None:
                raise UnexpectedCharacters(text, position, 0, 0, state=parser_state)  # type: ignore[no-untyped-call] # lark leaves it untyped
            kind, first = found
            wanted = _FOLLOWERS.get(kind, _PLAIN)
            followers: list[LexedStatement] = []
            position = first.end()
            while True:
                message = message_at(text, position)
                found = ("MESSAGE", message) if message else other_at(text, position)
                if found is None or found[0] not in wanted:
                    break
                followers.append(found)
                position = found[1].end()
            # Who recovers from a problem goes on from here.
            counter.char_pos = position
            yield Run(kind, first, followers)

    def _statement_at(self, text: str, position: int) -> LexedStatement | None:
        message = self._message_at(text, position)
        return ("MESSAGE", message) if message else self._other_at(text, position)

    def _other_at(self, text: str, position: int) -> LexedStatement | None:
        word = _FIRST_WORD.match(text, position)
        candidates = self._by_word.get(word[0].lower(), self._without_word) if word else self._without_word
        for name, match_at in candidates:
            match = match_at(text, position)
            if match is not None:
                return name, match
        return None
