"""What a sequence diagram says: the AST. Fragments nest; everything else is a flat list of statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mermaid_flow.syntax.flowchart import Comment
from mermaid_flow.syntax.source import Source, Span

FragmentKind = Literal["loop", "opt", "alt", "par", "par_over", "critical", "break", "rect"]


@dataclass(frozen=True, slots=True)
class Participant:
    """A lifeline. `type` is participant, actor, or what `@{ "type": … }` says."""

    id: str
    description: str
    type: str
    span: Span
    """First mention."""
    declared: bool = True
    """Named by a participant, actor or create line, not only in messages and notes."""
    box: int | None = None
    """Index into the diagram's boxes."""
    links: Mapping[str, object] = field(default_factory=dict)
    properties: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """`source->>target: text`. `arrow` is Mermaid's name: SOLID, DOTTED, SOLID_OPEN, …"""

    source: str
    target: str
    text: str
    arrow: str
    span: Span
    activate: bool = False
    """The `+` shorthand: the target is activated after the message."""
    deactivate: bool = False
    """The `-` shorthand: the source is deactivated after the message."""
    central: str = ""
    """Mermaid's name of a central connection, `()` at an end of the arrow: CENTRAL_CONNECTION at the target's,
    CENTRAL_CONNECTION_REVERSE at the source's, CENTRAL_CONNECTION_DUAL at both."""
    text_span: Span | None = None
    wrap: bool | None = None
    """What `wrap:` or `nowrap:` before the text says."""


@dataclass(frozen=True, slots=True)
class Activation:
    """An `activate` or `deactivate` line of its own."""

    actor: str
    active: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Note:
    """A note beside or over one lifeline, or over two."""

    placement: Literal["left", "right", "over"]
    actors: tuple[str, ...]
    text: str
    span: Span
    text_span: Span | None = None
    wrap: bool | None = None


@dataclass(frozen=True, slots=True)
class Autonumber:
    """Numbers from `start` in steps of `step` (None is 1), or no numbers from here on when not `visible`."""

    start: float | None
    step: float | None
    visible: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """`create participant X` or `destroy X`."""

    actor: str
    creates: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Branch:
    """One section of a fragment: its text (condition, title, colour) and its statements."""

    text: str
    body: tuple[Statement, ...]
    span: Span
    """The line that opens the branch."""
    text_span: Span | None = None
    wrap: bool | None = None


@dataclass(frozen=True, slots=True)
class Fragment:
    """`loop`, `alt`, `par`, … up to its `end`. Only alt, par and critical have more than one branch."""

    kind: FragmentKind
    branches: tuple[Branch, ...]
    span: Span


Statement: TypeAlias = Message | Activation | Note | Autonumber | Lifecycle | Fragment


@dataclass(frozen=True, slots=True)
class Box:
    """A coloured box around lifelines. `fill` is `transparent` where no colour is named."""

    title: str
    fill: str
    actors: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class SequenceDiagram:
    """A parsed sequence diagram. `participants` are in order of first mention."""

    source: Source
    participants: Mapping[str, Participant]
    body: tuple[Statement, ...]
    boxes: tuple[Box, ...] = ()
    comments: tuple[Comment, ...] = ()
    title: str = ""
    acc_title: str = ""
    acc_descr: str = ""
    front_matter: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[tuple[str, Span], ...] = ()
