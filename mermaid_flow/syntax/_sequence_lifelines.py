"""Who takes part in a sequence diagram: the lifelines as all statements together make them.

The rules are Mermaid's. The first mention fixes the order. A second declaration counts only when it brings a new text.
A created participant must get the next message, a destroyed one must send or get it. What is active is counted in the
order of the text, whatever the branches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mermaid_flow.syntax.sequence import Box, Participant
from mermaid_flow.syntax.source import Span

Report = Callable[[str, str, Span], None]
"""Takes a message, a hint and a place."""


@dataclass(slots=True)
class _Record:
    description: str
    type: str
    span: Span
    declared: bool
    box: int | None
    links: dict[str, object] = field(default_factory=dict)
    properties: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Declaration:
    """A participant or actor line: `description` is None where no alias gives one."""

    id: str
    type: str
    description: str | None
    span: Span


class Lifelines:
    """The participants and boxes read so far. Mistakes go to `report`, oddities to `warn`."""

    def __init__(self, report: Report, warn: Report) -> None:
        self.known: dict[str, _Record] = {}
        self._boxes: list[tuple[str, str, list[str]]] = []
        self._box_places: list[Span] = []
        self.expecting = False
        """Whether a `create` or `destroy` waits for its message."""
        self._report = report
        self._warn = warn
        self._box: int | None = None
        self._created: tuple[str, Span] | None = None
        self._destroyed: tuple[str, Span] | None = None
        self._active: dict[str, int] = {}

    def mention(self, name: str, span: Span) -> None:
        """A message, a note or a link names a participant that is not known yet."""
        self.known[name] = _Record(name, "participant", span, declared=False, box=None)

    def declare(self, declaration: Declaration) -> None:
        """A participant or actor line."""
        name = declaration.id
        old = self.known.get(name)
        box = self._box
        if old is not None:
            if self._box is not None and old.box is not None and self._box != old.box:
                self._report(f"participant {name!r} stands in two boxes", "keep it in one of them", declaration.span)
                return
            box = old.box = self._box if old.box is None else old.box
            old.declared = True
            if declaration.description is None:
                if declaration.type != old.type:
                    message = f"{name!r} stays a {old.type}: Mermaid keeps the first mention"
                    self._warn(message, "declare it before its first message", declaration.span)
                return
            old.description, old.type = declaration.description, declaration.type
        else:
            description = name if declaration.description is None else declaration.description
            self.known[name] = _Record(description, declaration.type, declaration.span, declared=True, box=box)
        if self._box is not None:
            self._boxes[self._box][2].append(name)

    def open_box(self, title: str, fill: str) -> None:
        self._box = len(self._boxes)
        self._boxes.append((title, fill, []))

    def close_box(self, span: Span) -> None:
        self._box = None
        self._box_places.append(span)

    def create(self, declaration: Declaration) -> None:
        """A `create` line. It is an error when the participant is there already."""
        if declaration.id in self.known:
            message = f"{declaration.id!r} cannot be created: it is there already"
            self._report(
                message, "create another id with the same text: `create participant B2 as B`", declaration.span
            )
        self.declare(declaration)
        self._created = (declaration.id, declaration.span)
        self.expecting = True

    def destroy(self, name: str, span: Span) -> None:
        self._destroyed = (name, span)
        self.expecting = True

    def check_message(self, source: str, target: str) -> None:
        """The first message after a `create` or `destroy`: it must be about that participant."""
        if self._created is not None:
            name, span = self._created
            self._created = None
            if target != name:
                hint = f"follow it with a message to {name!r}"
                self._report(f"{name!r} is created, but the next message does not go to it", hint, span)
        elif self._destroyed is not None:
            name, span = self._destroyed
            self._destroyed = None
            if name not in (source, target):
                hint = f"follow it with a message to or from {name!r}"
                self._report(f"{name!r} is destroyed, but has no part in the next message", hint, span)
        self.expecting = self._created is not None or self._destroyed is not None

    def activate(self, name: str) -> None:
        self._active[name] = self._active.get(name, 0) + 1

    def deactivate(self, name: str, span: Span) -> None:
        """It is an error to end what is not active."""
        count = self._active.get(name, 0)
        if count < 1:
            hint = "activate it before, with `activate` or `+`; branches count one after the other"
            self._report(f"{name!r} is not active here", hint, span)
        else:
            self._active[name] = count - 1

    def participants(self) -> dict[str, Participant]:
        return {
            name: Participant(name, r.description, r.type, r.span, r.declared, r.box, r.links, r.properties)
            for name, r in self.known.items()
        }

    def finished_boxes(self) -> tuple[Box, ...]:
        return tuple(
            Box(title, fill, tuple(actors), span)
            for (title, fill, actors), span in zip(self._boxes, self._box_places, strict=True)
        )
