"""From the token tree of a sequence diagram to its AST, statement by statement.

A token is a whole statement; the grammar's own terminals, whose groups are the parts, take it apart. Mistakes that the
grammar cannot state are collected, so that one look at a diagram shows them all.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias, cast

from lark import Tree

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax._lexer import Lexeme
from mermaid_flow.syntax._sequence_declarations import (
    Declared,
    Mistake,
    configuration_mistake,
    read_configuration,
    read_declaration,
    read_name,
)
from mermaid_flow.syntax._sequence_lifelines import Declaration, Lifelines
from mermaid_flow.syntax._sequence_texts import (
    ARROWS,
    CENTRAL,
    ENTITY_START,
    box_colour,
    decode,
    readable,
    split_wrap,
)
from mermaid_flow.syntax.flowchart import Comment
from mermaid_flow.syntax.preprocess import Prepared
from mermaid_flow.syntax.problems import SyntaxProblem
from mermaid_flow.syntax.sequence import (
    Activation,
    Autonumber,
    Branch,
    Fragment,
    FragmentKind,
    Lifecycle,
    Message,
    Note,
    SequenceDiagram,
    Statement,
)
from mermaid_flow.syntax.source import Span
from mermaid_flow.syntax.yaml_value import YamlProblem

Node: TypeAlias = "Lexeme | Tree[Lexeme]"
Match: TypeAlias = "re.Match[str]"
Placement: TypeAlias = Literal["left", "right", "over"]

_ENDS_OF_BRANCH = frozenset(("ELSE", "AND", "OPTION", "END"))
_MARK = re.compile(rf"[{ENTITY_START}<&]|%%|wrap:")
"""What makes a text mean something else than it says."""
_DEEPEST = 100
"""Fragments within fragments. Nobody reads more, and every later stage may walk them by recursion."""


def _shifted(read: Callable[[], Declared], start: int) -> Declared:
    """Read a part of the text; a mistake in it is one in the whole text."""
    try:
        return read()
    except Mistake as mistake:
        raise Mistake(mistake.message, mistake.hint, start + mistake.start, start + mistake.end) from None


class Builder:
    """Builds one diagram. `problems` are the mistakes found; the diagram is good only when there are none.

    `sound` says that the parser had to leave nothing out. Otherwise what is missing may be what was left out.
    """

    def __init__(
        self, prepared: Prepared, text: str, patterns: Mapping[str, re.Pattern[str]], *, sound: bool = True
    ) -> None:
        self.problems: list[MflowError] = []
        self._prepared = prepared
        self._text = text
        # Where nothing was cut out of the middle of the text, one shift leads back to the source from everywhere.
        self._shift = prepared.shifts[0] if len(prepared.shifts) == 1 else None
        self._patterns = patterns
        self._warnings = list(prepared.warnings)
        self._comments = list(prepared.comments)
        self._title = prepared.title
        self._acc_title = ""
        self._acc_descr = ""
        self._lifelines = Lifelines(self._report if sound else self._warn, self._warn)
        # Most texts hold none of these, and then no message needs to be looked through.
        self._marked = _MARK.search(text) is not None
        self._cut = "#" in text
        self._handlers: dict[str, Callable[[Match], Statement | None]] = {
            "NOTE_BESIDE": self._note_beside,
            "NOTE_OVER": self._note_over,
            "PARTICIPANT": self._participant,
            "CREATE": self._create,
            "DESTROY": self._destroy,
            "ACTIVATION": self._activation,
            "AUTONUMBER": self._autonumber,
            "LINKS": self._links,
            "TITLE": self._set_title,
            "ACC_TITLE": self._set_acc_title,
            "ACC_DESCR": self._set_acc_descr,
            "COMMENT": self._comment,
            "STRAY": self._stray,
        }

    def build(self, tree: Tree[Lexeme]) -> SequenceDiagram:
        """The diagram of a whole tree."""
        body = self._statements(tree.children[1:], 0)
        return SequenceDiagram(
            self._prepared.source,
            self._lifelines.participants(),
            body,
            self._lifelines.finished_boxes(),
            tuple(sorted(self._comments, key=lambda comment: comment.span)),
            self._title,
            self._acc_title,
            self._acc_descr,
            self._prepared.front_matter,
            tuple(self._warnings),
        )

    # ------------------------------------------------------------------------------------------------- structure

    def _statements(self, nodes: Sequence[Node], depth: int) -> tuple[Statement, ...]:
        statements: list[Statement] = []
        for node in nodes:
            if isinstance(node, Tree):
                if node.data == "box":
                    self._box(node, statements)
                else:
                    statements.append(self._fragment(node, depth + 1))
            elif node.type == "MESSAGES":
                self._messages(node, statements)
            else:
                match = self._match(node)
                try:
                    statement = self._handlers[node.type](match)
                except Mistake as mistake:
                    self._report(mistake.message, mistake.hint, self._span(mistake.start, mistake.end))
                else:
                    if statement is not None:
                        statements.append(statement)
        return tuple(statements)

    def _fragment(self, tree: Tree[Lexeme], depth: int) -> Fragment:
        nodes = tree.children
        opening, closing = cast(Lexeme, nodes[0]), cast(Lexeme, nodes[-1])
        span = self._span(opening.start_pos, closing.start_pos + len("end"))
        kind = cast(FragmentKind, opening.type.lower())
        if depth > _DEEPEST:
            self._report(f"more than {_DEEPEST} blocks stand inside one another", "draw a second diagram", span)
            return Fragment(kind, (), span)
        branches = []
        head, first = opening, 1
        for index, node in enumerate(nodes):
            if isinstance(node, Lexeme) and node.type in _ENDS_OF_BRANCH:
                words, wrap, extent, place = self._text_of(self._match(head), 1)
                branches.append(Branch(words, self._statements(nodes[first:index], depth), extent, place, wrap))
                head, first = node, index + 1
        return Fragment(kind, tuple(branches), span)

    def _box(self, tree: Tree[Lexeme], statements: list[Statement]) -> None:
        opening, closing = cast(Lexeme, tree.children[0]), cast(Lexeme, tree.children[-1])
        match = self._match(opening)
        fill, title = box_colour(match[1])
        self._text_of(match, 1)
        span = self._span(opening.start_pos, closing.start_pos + len("end"))
        self._lifelines.open_box(readable(split_wrap(title)[1]), fill, span)
        statements.extend(self._statements(tree.children[1:-1], 0))
        self._lifelines.close_box()

    # ------------------------------------------------------------------------------------------------ statements

    def _messages(self, token: Lexeme, statements: list[Statement]) -> None:
        """A run of messages: the hot loop of the parser."""
        text, marked, cut = self._text, self._marked, self._cut
        lifelines, known = self._lifelines, self._lifelines.known
        begin, stop = token.start_pos, token.match.end()
        starts, shifts = self._prepared.starts, self._prepared.shifts
        piece = bisect_right(starts, begin) - 1
        next_start = begin
        for match in self._patterns["MESSAGE"].finditer(text, begin, stop):
            source, source_mark, arrow, mark, target, words = match.groups()
            source, target, words = source.rstrip(), target.rstrip(), words.rstrip()
            if marked:
                source, target = decode(source), decode(target)
            if source not in known:
                lifelines.mention(source, self._place(match, 1))
            if target not in known:
                lifelines.mention(target, self._place(match, 5))
            if lifelines.expecting:
                lifelines.check_message(source, target)
            start, first = match.start(), match.start(6)
            last = first + len(words)
            while start >= next_start:
                # What was cut out of the text before here shifts all places; mostly that was nothing.
                shift = shifts[piece]
                piece += 1
                next_start = starts[piece] if piece < len(starts) else len(text)
            if last <= next_start:
                place, text_place = Span(start + shift, last + shift), Span(first + shift, last + shift)
            else:
                place, text_place = self._span(start, last), self._span(first, last)
            wrap = None
            if marked and _MARK.search(words):
                wrap, words = self._spoken(words, text_place)
            if cut:
                self._warn_of_cut_text(match.end(6))
            activates, deactivates = mark == "+", mark == "-"
            central = CENTRAL[source_mark is not None, mark == "()"] if source_mark or mark else ""
            if source_mark and (activates or deactivates):
                hint = "write the activation as a line of its own"
                self._report(f"`()` and `{mark}` cannot stand in one message", hint, place)
            statements.append(
                Message(source, target, words, ARROWS[arrow], place, activates, deactivates, central, text_place, wrap)
            )
            if activates:
                lifelines.activate(target)
            elif deactivates:
                lifelines.deactivate(source, place)

    def _note_beside(self, match: Match) -> Note:
        placement: Placement = "left" if match[1].lower() == "left" else "right"
        return self._note(match, placement, (self._mention(match, 2),))

    def _note_over(self, match: Match) -> Note:
        actors = [self._mention(match, 1)]
        if match[2] is not None:
            actors.append(self._mention(match, 2))
        return self._note(match, "over", tuple(actors))

    def _note(self, match: Match, placement: Placement, actors: tuple[str, ...]) -> Note:
        words, wrap, extent, place = self._text_of(match, 3)
        return Note(placement, actors, words, extent, place, wrap)

    def _participant(self, match: Match) -> None:
        self._lifelines.declare(self._declaration(match))

    def _create(self, match: Match) -> Lifecycle:
        declaration = self._declaration(match)
        self._lifelines.create(declaration)
        return Lifecycle(declaration.id, True, self._extent(match, 2))

    def _destroy(self, match: Match) -> Lifecycle:
        name = self._name(match, 1)
        self._lifelines.destroy(name, self._extent(match, 1))
        return Lifecycle(name, False, self._extent(match, 1))

    def _activation(self, match: Match) -> Activation:
        name = self._name(match, 2)
        activation = Activation(name, match[1].lower() == "activate", self._extent(match, 2))
        if activation.active:
            self._lifelines.activate(name)
        else:
            self._lifelines.deactivate(name, activation.span)
        return activation

    def _autonumber(self, match: Match) -> Autonumber:
        start, step, off = match.groups()
        last = match.lastindex
        span = self._extent(match, last) if last else self._span(match.start(), match.start() + len("autonumber"))
        if start is not None and off:
            raise Mistake("`autonumber` takes numbers or `off`, not both", "", match.start(3), match.end(3))
        if start is None:
            return Autonumber(None, None, off is None, span)
        return Autonumber(float(start), float(step or 1), True, span)

    def _links(self, match: Match) -> None:
        name = self._mention(match, 2)
        record = self._lifelines.known[name]
        word, text = match[1].lower(), decode(match[3].strip())
        if word == "link":
            label, at, address = text.partition("@")
            if at:
                record.links[label.strip()] = address.strip()
        elif word != "details":
            try:
                values = json.loads(text)
            except (ValueError, RecursionError):
                values = None
            if isinstance(values, dict):
                (record.links if word == "links" else record.properties).update(values)
            else:
                self._warn(f"these {word} are not a JSON object: Mermaid ignores them", "", self._place(match, 3))

    def _set_title(self, match: Match) -> None:
        self._title = readable(match[1])

    def _set_acc_title(self, match: Match) -> None:
        self._acc_title = decode(match[1].strip())

    def _set_acc_descr(self, match: Match) -> None:
        line, opening, lines, closing = match.groups()
        if opening and not closing:
            raise Mistake("this `{` is never closed", "end the description with `}`", match.start(2), match.end(2))
        text = decode(lines if opening else line)
        self._acc_descr = "\n".join(part.strip() for part in text.strip().split("\n"))

    def _comment(self, match: Match) -> None:
        text = match[0].partition("\n")[0].rstrip()
        span = self._span(match.start(), match.start() + len(text))
        self._comments.append(Comment(text.lstrip("#%"), span))
        if text[0] not in "#%" or not text.startswith(("#", "%%")):
            self._warn("a `%` at this place hides the rest of the line", "write comments as `%% …`", span)

    def _stray(self, match: Match) -> None:
        signs = match[0].rstrip("; \t\n")
        place = self._span(match.start(), match.start() + len(signs))
        self._warn(f"Mermaid drops this `{signs[:20]}`", "remove it", place)

    # ---------------------------------------------------------------------------------------- parts of statements

    def _declaration(self, match: Match) -> Declaration:
        text, start = match[2], match.start(2)
        declared = _shifted(
            lambda: read_declaration(text, line_ends=not self._text.startswith(";", match.end(2))), start
        )
        kind, description = match[1].lower(), declared.alias
        if declared.configuration is not None:
            begin = start + text.index("@{") + 2
            try:
                written, alias = read_configuration(declared.configuration)
            except YamlProblem as problem:
                raise configuration_mistake(problem, declared.configuration, begin) from None
            kind = kind if written is None else decode(written)
            description = alias if description is None else description
        if "%%" in text:
            self._warn("`%%` is a part of the text here, not a comment", "", self._place(match, 2))
        if description is not None:
            description = readable(split_wrap(description.strip())[1])
        return Declaration(
            decode(declared.name), kind, description, self._span(start + declared.start, start + declared.end)
        )

    def _name(self, match: Match, group: int) -> str:
        return decode(_shifted(lambda: read_name(match[group]), match.start(group)).name)

    def _mention(self, match: Match, group: int) -> str:
        name = decode(match[group].rstrip())
        self._lifelines.mention(name, self._place(match, group))
        return name

    def _text_of(self, match: Match, group: int) -> tuple[str, bool | None, Span, Span]:
        """A statement's text, what `wrap:` says before it, the place of all of the statement, and that of the text."""
        words = match[group].rstrip()
        first = match.start(group)
        last = first + len(words)
        place = self._span(first, last)
        wrap = None
        if self._marked:
            wrap, words = self._spoken(words, place)
        if self._cut:
            self._warn_of_cut_text(match.end(group))
        return words, wrap, self._span(match.start(), last), place

    def _spoken(self, words: str, place: Span) -> tuple[bool | None, str]:
        """What `wrap:` says before a text, and the text as people read it."""
        if "%%" in words:
            self._warn("`%%` is a part of the text here, not a comment", "", place)
        wrap, words = split_wrap(words)
        return wrap, readable(words)

    def _warn_of_cut_text(self, end: int) -> None:
        if self._text.startswith("#", end):
            stop = self._text.index("\n", end)
            hint = "write `#35;` for the sign, and a comment on a line of its own"
            self._warn("`#` starts a comment: the rest of this line is lost", hint, self._span(end, stop))

    # ------------------------------------------------------------------------------------------- tokens and places

    def _match(self, token: Lexeme) -> Match:
        match = self._patterns[token.type].match(self._text, token.start_pos)
        assert match is not None  # noqa: S101 - the lexer took the token with the same pattern
        return match

    def _place(self, match: Match, group: int) -> Span:
        """Where a group stands, without the blanks after it."""
        start = match.start(group)
        return self._span(start, start + len(match[group].rstrip()))

    def _extent(self, match: Match, group: int) -> Span:
        """From the start of a statement to the end of a group."""
        return self._span(match.start(), match.start(group) + len(match[group].rstrip()))

    def _span(self, start: int, end: int) -> Span:
        if self._shift is not None:
            return Span(start + self._shift, end + self._shift)
        return self._prepared.span(start, end)

    def _report(self, message: str, hint: str, span: Span) -> None:
        self.problems.append(SyntaxProblem(message, hint=hint, where=self._prepared.source.location(span)))

    def _warn(self, message: str, hint: str, span: Span) -> None:
        self._warnings.append((f"{message}; {hint}" if hint else message, span))
