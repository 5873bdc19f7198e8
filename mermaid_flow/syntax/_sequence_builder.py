"""From the tokens of a sequence diagram to its AST, one after the other as the parser accepts them.

A token is a statement with the plain ones behind it, and what the grammar's terminals matched has the parts of each.
Mistakes that the grammar cannot state are collected, so that one look at a diagram shows them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax._allocation import maker_of
from mermaid_flow.syntax._sequence_lexer import LexedStatement, Run
from mermaid_flow.syntax._sequence_lifelines import Lifelines
from mermaid_flow.syntax._sequence_reading import Reading, Text
from mermaid_flow.syntax._sequence_statements import StatementReader
from mermaid_flow.syntax._sequence_texts import ARROWS, CENTRAL, box_colour, decode, readable, split_wrap
from mermaid_flow.syntax.preprocess import Prepared
from mermaid_flow.syntax.sequence import Branch, Fragment, FragmentKind, Message, SequenceDiagram, Statement
from mermaid_flow.syntax.source import Span

_BRANCHES = frozenset(("ELSE", "AND", "OPTION"))
_DEEPEST = 100
"""Fragments within fragments. Nobody reads more, and every later stage may walk them by recursion."""

_make_message = maker_of(Message)
_make_branch = maker_of(Branch)


@dataclass(slots=True)
class _Block:
    """A fragment that is not closed yet. `head` is what the line says that opens its last branch."""

    opening: Run
    head: Text
    around: list[Statement]
    branches: list[Branch]


class Builder:
    """Builds one diagram from the tokens of a text, given in order, each where the grammar lets it stand."""

    def __init__(self, prepared: Prepared, text: str) -> None:
        self._reading = Reading(prepared, text)
        self._lifelines = Lifelines(self._doubt, self._reading.warn)
        self._reader = StatementReader(self._reading, self._lifelines)
        self._doubted: set[MflowError] = set()
        self._statements: list[Statement] = []
        self._blocks: list[_Block] = []
        self._box: Run | None = None

    def add(self, token: Run) -> None:
        """Take the next token. What it holds is used up by that."""
        kind = token.type
        if kind == "END":
            self._close(token)
        elif kind in _BRANCHES:
            self._finish_branch()
            self._blocks[-1].head = self._reading.text_of(token.match, 1)
        elif kind == "BOX":
            self._open_box(token)
        elif token.is_plain:
            token.followers.insert(0, (kind, token.match))
        elif kind != "HEADER":
            self._blocks.append(_Block(token, self._reading.text_of(token.match, 1), self._statements, []))
            self._statements = []
        if token.followers and len(self._blocks) <= _DEEPEST:
            self._read(token.followers)
        token.followers = []

    def diagram(self) -> SequenceDiagram:
        """The diagram of the tokens so far. It is good only when there are no problems."""
        reading, reader = self._reading, self._reader
        return SequenceDiagram(
            reading.prepared.source,
            self._lifelines.participants(),
            tuple(self._statements),
            self._lifelines.finished_boxes(),
            tuple(sorted(reader.comments, key=lambda comment: comment.span)),
            reader.title,
            reader.acc_title,
            reader.acc_descr,
            reading.prepared.front_matter,
            tuple(reading.warnings),
        )

    def problems(self, *, sound: bool) -> list[MflowError]:
        """The mistakes in the tokens so far, in the order in which they were found.

        `sound` says that these are all tokens of the text. Otherwise a participant may miss what was left out.
        """
        return [problem for problem in self._reading.problems if sound or problem not in self._doubted]

    def _doubt(self, message: str, hint: str, span: Span) -> None:
        self._reading.report(message, hint, span)
        self._doubted.add(self._reading.problems[-1])

    # ------------------------------------------------------------------------------------------------- structure

    def _finish_branch(self) -> None:
        block = self._blocks[-1]
        words, wrap, extent, place = block.head
        block.branches.append(_make_branch(words, tuple(self._statements), extent, place, wrap))
        self._statements = []

    def _close(self, token: Run) -> None:
        if self._box is not None:
            self._lifelines.close_box(self._place(self._box, token))
            self._box = None
            return
        self._finish_branch()
        block = self._blocks.pop()
        place = self._place(block.opening, token)
        self._statements = block.around
        self._statements.append(Fragment(cast(FragmentKind, block.opening.type.lower()), tuple(block.branches), place))
        if len(self._blocks) == _DEEPEST:
            self._reading.report(
                f"more than {_DEEPEST} blocks stand inside one another", "draw a second diagram", place
            )

    def _open_box(self, token: Run) -> None:
        self._box = token
        fill, title = box_colour(token.match[1])
        self._reading.text_of(token.match, 1)
        self._lifelines.open_box(readable(split_wrap(title)[1]), fill)

    def _place(self, opening: Run, end: Run) -> Span:
        return self._reading.span(opening.start_pos, end.start_pos + len("end"))

    def _read(self, lexed: Sequence[LexedStatement]) -> None:
        """Plain statements one after the other, mostly messages: the hot loop of the parser."""
        reading, lifelines, statements = self._reading, self._lifelines, self._statements
        known, marks, cut, has_entities = lifelines.known, reading.marks, reading.cut, reading.has_entities
        read, new_tuple = self._reader.read, tuple.__new__
        piece_start, piece_end, shift = reading.piece_start, reading.piece_end, reading.shift
        for kind, match in lexed:
            if kind != "MESSAGE":
                statement = read(kind, match)
                if statement is not None:
                    statements.append(statement)
                continue
            source, source_mark, arrow, mark, target, words = match.groups()
            source, target, words = source.rstrip(), target.rstrip(), words.rstrip()
            if has_entities:
                source, target = decode(source), decode(target)
            if source not in known:
                lifelines.mention(source, reading.place(match, 1))
            if target not in known:
                lifelines.mention(target, reading.place(match, 5))
            if lifelines.expecting:
                lifelines.check_message(source, target)
            start, first = match.start(), match.start(6)
            last = first + len(words)
            if piece_start <= start and last <= piece_end:
                place = new_tuple(Span, (start + shift, last + shift))
                text_place = new_tuple(Span, (first + shift, last + shift))
            else:
                place, text_place = reading.extents(start, first, last)
                piece_start, piece_end, shift = reading.piece_start, reading.piece_end, reading.shift
            wrap = None
            for sign in marks:
                if sign in words:
                    wrap, words = reading.spoken(words, text_place)
                    break
            if cut:
                reading.warn_of_cut_text(match.end(6))
            activates = deactivates = False
            central = ""
            if source_mark or mark:
                activates, deactivates = mark == "+", mark == "-"
                central = CENTRAL[source_mark is not None, mark == "()"]
                if source_mark and (activates or deactivates):
                    hint = "write the activation as a line of its own"
                    reading.report(f"`()` and `{mark}` cannot stand in one message", hint, place)
            name = ARROWS[arrow]
            statements.append(
                _make_message(source, target, words, name, place, activates, deactivates, central, text_place, wrap)
            )
            if activates:
                lifelines.activate(target)
            elif deactivates:
                lifelines.deactivate(source, place)
