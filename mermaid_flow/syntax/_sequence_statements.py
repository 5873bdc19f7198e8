"""Statements of a sequence diagram other than messages, from what their terminals matched."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Literal, TypeAlias

from mermaid_flow.syntax._allocation import maker_of
from mermaid_flow.syntax._sequence_declarations import (
    Declared,
    Mistake,
    configuration_mistake,
    read_configuration,
    read_declaration,
    read_name,
)
from mermaid_flow.syntax._sequence_lifelines import Declaration, Lifelines
from mermaid_flow.syntax._sequence_reading import Match, Reading
from mermaid_flow.syntax._sequence_texts import decode, readable, split_wrap
from mermaid_flow.syntax.flowchart import Comment
from mermaid_flow.syntax.sequence import Activation, Autonumber, Lifecycle, Note, Statement
from mermaid_flow.syntax.yaml_value import YamlProblem

Placement: TypeAlias = Literal["left", "right", "over"]

_make_note = maker_of(Note)


class StatementReader:
    """Reads statements one by one. What belongs to the whole diagram is kept: titles, comments, participants."""

    def __init__(self, reading: Reading, lifelines: Lifelines) -> None:
        self.comments = list(reading.prepared.comments)
        self.title = reading.prepared.title
        self.acc_title = ""
        self.acc_descr = ""
        self._reading = reading
        self._lifelines = lifelines
        self._readers: dict[str, Callable[[Match], Statement | None]] = {
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

    def read(self, kind: str, match: Match) -> Statement | None:
        """The statement that a terminal matched; None when it is none of the body, or is wrong, which is reported."""
        try:
            return self._readers[kind](match)
        except Mistake as mistake:
            self._reading.report(mistake.message, mistake.hint, self._reading.span(mistake.start, mistake.end))
            return None

    def _note_beside(self, match: Match) -> Note:
        placement: Placement = "left" if match[1].lower() == "left" else "right"
        return self._note(match, placement, (self._mention(match, 2),))

    def _note_over(self, match: Match) -> Note:
        actors = [self._mention(match, 1)]
        if match[2] is not None:
            actors.append(self._mention(match, 2))
        return self._note(match, "over", tuple(actors))

    def _note(self, match: Match, placement: Placement, actors: tuple[str, ...]) -> Note:
        words, wrap, extent, place = self._reading.text_of(match, 3)
        return _make_note(placement, actors, words, extent, place, wrap)

    def _participant(self, match: Match) -> None:
        self._lifelines.declare(self._declaration(match))

    def _create(self, match: Match) -> Lifecycle:
        declaration = self._declaration(match)
        self._lifelines.create(declaration)
        return Lifecycle(declaration.id, True, self._reading.extent(match, 2))

    def _destroy(self, match: Match) -> Lifecycle:
        name = self._name(match, 1)
        self._lifelines.destroy(name, self._reading.extent(match, 1))
        return Lifecycle(name, False, self._reading.extent(match, 1))

    def _activation(self, match: Match) -> Activation:
        name = self._name(match, 2)
        activation = Activation(name, match[1].lower() == "activate", self._reading.extent(match, 2))
        if activation.active:
            self._lifelines.activate(name)
        else:
            self._lifelines.deactivate(name, activation.span)
        return activation

    def _autonumber(self, match: Match) -> Autonumber:
        start, step, off = match.groups()
        last = match.lastindex
        span = (
            self._reading.extent(match, last)
            if last
            else self._reading.span(match.start(), match.start() + len("autonumber"))
        )
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
                self._reading.warn(
                    f"these {word} are not a JSON object: Mermaid ignores them", "", self._reading.place(match, 3)
                )

    def _set_title(self, match: Match) -> None:
        self.title = readable(match[1])

    def _set_acc_title(self, match: Match) -> None:
        self.acc_title = decode(match[1].strip())

    def _set_acc_descr(self, match: Match) -> None:
        line, opening, lines, closing = match.groups()
        if closing and not lines:
            return  # As in Mermaid, `{}` leaves an earlier description, and a `{` that the text ends in takes it away.
        if lines and not closing:
            hint = "end the description with `}`; Mermaid would drop all that follows"
            raise Mistake("this `{` is never closed", hint, match.start(2), match.end(2))
        text = decode(lines if opening else line)
        self.acc_descr = "\n".join(part.strip() for part in text.strip().split("\n"))

    def _comment(self, match: Match) -> None:
        text = match[0].partition("\n")[0].rstrip()
        span = self._reading.span(match.start(), match.start() + len(text))
        self.comments.append(Comment(text.lstrip("#%"), span))
        if text[0] not in "#%" or not text.startswith(("#", "%%")):
            self._reading.warn("a `%` at this place hides the rest of the line", "write comments as `%% …`", span)

    def _stray(self, match: Match) -> None:
        signs = match[0].rstrip("; \t\n")
        place = self._reading.span(match.start(), match.start() + len(signs))
        self._reading.warn(f"Mermaid drops this `{signs[:20]}`", "remove it", place)

    def _declaration(self, match: Match) -> Declaration:
        text, start = match[2], match.start(2)
        whole = self._reading.text
        line_ends, is_last = not whole.startswith(";", match.end(2)), match.end() == len(whole)
        declared = _shifted(lambda: read_declaration(text, line_ends=line_ends, is_last=is_last), start)
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
            self._reading.warn("`%%` is a part of the text here, not a comment", "", self._reading.place(match, 2))
        if description is not None:
            description = readable(split_wrap(description.strip())[1])
        return Declaration(
            decode(declared.name), kind, description, self._reading.span(start + declared.start, start + declared.end)
        )

    def _name(self, match: Match, group: int) -> str:
        return decode(_shifted(lambda: read_name(match[group]), match.start(group)).name)

    def _mention(self, match: Match, group: int) -> str:
        name = decode(match[group].rstrip())
        if name not in self._lifelines.known:
            self._lifelines.mention(name, self._reading.place(match, group))
        return name


def _shifted(read: Callable[[], Declared], start: int) -> Declared:
    """Read a part of the text; a mistake in it is one in the whole text."""
    try:
        return read()
    except Mistake as mistake:
        raise Mistake(mistake.message, mistake.hint, start + mistake.start, start + mistake.end) from None
