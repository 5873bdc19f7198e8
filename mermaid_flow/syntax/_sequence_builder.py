"""From the token tree of a sequence diagram to its AST.

A token is a run of statements, and what the grammar's terminals matched has the parts of each. Mistakes that the
grammar cannot state are collected, so that one look at a diagram shows them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

from lark import Tree

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax._sequence_lexer import Run
from mermaid_flow.syntax._sequence_lifelines import Lifelines
from mermaid_flow.syntax._sequence_reading import MARK, Reading
from mermaid_flow.syntax._sequence_statements import StatementReader
from mermaid_flow.syntax._sequence_texts import ARROWS, CENTRAL, box_colour, decode, readable, split_wrap
from mermaid_flow.syntax.preprocess import Prepared
from mermaid_flow.syntax.sequence import Branch, Fragment, FragmentKind, Message, SequenceDiagram, Statement
from mermaid_flow.syntax.source import Span

Node: TypeAlias = "Run | Tree[Run]"

_ENDS_OF_BRANCH = frozenset(("ELSE", "AND", "OPTION", "END"))
_DEEPEST = 100
"""Fragments within fragments. Nobody reads more, and every later stage may walk them by recursion."""


class Builder:
    """Builds one diagram. `problems` are the mistakes found; the diagram is good only when there are none.

    `sound` says that the parser had to leave nothing out. Otherwise what is missing may be what was left out.
    """

    def __init__(self, prepared: Prepared, text: str, *, sound: bool = True) -> None:
        self._reading = Reading(prepared, text)
        self._lifelines = Lifelines(self._reading.report if sound else self._reading.warn, self._reading.warn)
        self._reader = StatementReader(self._reading, self._lifelines)

    @property
    def problems(self) -> list[MflowError]:
        """The mistakes found so far, in the order in which they were found."""
        return self._reading.problems

    def build(self, tree: Tree[Run]) -> SequenceDiagram:
        """The diagram of a whole tree."""
        reading, reader = self._reading, self._reader
        body = self._statements(tree.children[1:], 0)
        return SequenceDiagram(
            reading.prepared.source,
            self._lifelines.participants(),
            body,
            self._lifelines.finished_boxes(),
            tuple(sorted(reader.comments, key=lambda comment: comment.span)),
            reader.title,
            reader.acc_title,
            reader.acc_descr,
            reading.prepared.front_matter,
            tuple(reading.warnings),
        )

    def _statements(self, nodes: Sequence[Node], depth: int) -> tuple[Statement, ...]:
        statements: list[Statement] = []
        for node in nodes:
            if isinstance(node, Tree):
                if node.data == "box":
                    self._box(node, statements)
                else:
                    statements.append(self._fragment(node, depth + 1))
            else:
                self._run(node, statements)
        return tuple(statements)

    def _fragment(self, tree: Tree[Run], depth: int) -> Fragment:
        nodes = tree.children
        opening, closing = cast(Run, nodes[0]), cast(Run, nodes[-1])
        span = self._reading.span(opening.start_pos, closing.start_pos + len("end"))
        kind = cast(FragmentKind, opening.type.lower())
        if depth > _DEEPEST:
            self._reading.report(f"more than {_DEEPEST} blocks stand inside one another", "draw a second diagram", span)
            return Fragment(kind, (), span)
        branches = []
        head, first = opening, 1
        for index, node in enumerate(nodes):
            if isinstance(node, Run) and node.type in _ENDS_OF_BRANCH:
                words, wrap, extent, place = self._reading.text_of(head.match, 1)
                branches.append(Branch(words, self._statements(nodes[first:index], depth), extent, place, wrap))
                head, first = node, index + 1
        return Fragment(kind, tuple(branches), span)

    def _box(self, tree: Tree[Run], statements: list[Statement]) -> None:
        opening, closing = cast(Run, tree.children[0]), cast(Run, tree.children[-1])
        match = opening.match
        fill, title = box_colour(match[1])
        self._reading.text_of(match, 1)
        span = self._reading.span(opening.start_pos, closing.start_pos + len("end"))
        self._lifelines.open_box(readable(split_wrap(title)[1]), fill, span)
        statements.extend(self._statements(tree.children[1:-1], 0))
        self._lifelines.close_box()

    def _run(self, run: Run, statements: list[Statement]) -> None:
        """A run of statements, mostly messages: the hot loop of the parser."""
        reading, marked, cut = self._reading, self._reading.marked, self._reading.cut
        lifelines, known = self._lifelines, self._lifelines.known
        (piece_start, piece_end), shift = reading.piece, reading.shift
        for kind, match in run.statements:
            if kind != "MESSAGE":
                statement = self._reader.read(kind, match)
                if statement is not None:
                    statements.append(statement)
                continue
            source, source_mark, arrow, mark, target, words = match.groups()
            source, target, words = source.rstrip(), target.rstrip(), words.rstrip()
            if marked:
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
                place, text_place = Span(start + shift, last + shift), Span(first + shift, last + shift)
            else:
                place, text_place = reading.span(start, last), reading.span(first, last)
                (piece_start, piece_end), shift = reading.piece, reading.shift
            wrap = None
            if marked and MARK.search(words):
                wrap, words = reading.spoken(words, text_place)
            if cut:
                reading.warn_of_cut_text(match.end(6))
            activates, deactivates = mark == "+", mark == "-"
            central = CENTRAL[source_mark is not None, mark == "()"] if source_mark or mark else ""
            if source_mark and (activates or deactivates):
                hint = "write the activation as a line of its own"
                reading.report(f"`()` and `{mark}` cannot stand in one message", hint, place)
            statements.append(
                Message(source, target, words, ARROWS[arrow], place, activates, deactivates, central, text_place, wrap)
            )
            if activates:
                lifelines.activate(target)
            elif deactivates:
                lifelines.deactivate(source, place)
