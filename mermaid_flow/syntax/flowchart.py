"""What a flowchart says: the AST. Names mirror the grammar's rules; every node carries its span."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mermaid_flow.syntax.source import Source, Span

Stroke = Literal["normal", "thick", "dotted", "invisible"]


@dataclass(frozen=True, slots=True)
class Definition:
    """One place where a vertex is given a label or a shape."""

    label: str | None
    shape: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Vertex:
    """A node as all its mentions together define it (later definitions win, classes and styles add up)."""

    id: str
    label: str
    """Entities decoded, `<br>` as newline, other tags dropped."""
    shape: str
    """Canonical short name as in Mermaid's `@{ shape: … }`: `rect`, `diam`, `stadium`, `fr-rect`, …"""
    span: Span
    """First mention of the id."""
    type: str | None = None
    """Bracket form or shape name as written; None is a bare id."""
    label_type: str = "text"
    label_span: Span | None = None
    classes: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    parent: str | None = None
    """Id of the innermost subgraph."""
    definitions: tuple[Definition, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    """`@{…}` and `click` keys: link, link_target, tooltip, callback, icon, img, form, pos, w, h."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow between two vertices, after `&` and chains are multiplied out. `index` is what `linkStyle` counts."""

    index: int
    start: str
    end: str
    label: str
    stroke: Stroke
    type: str
    """`arrow_open`, `arrow_point`, `arrow_cross`, `arrow_circle` or `double_arrow_*`."""
    length: int
    span: Span
    """The arrow itself, label included."""
    label_span: Span | None = None
    start_span: Span | None = None
    end_span: Span | None = None
    id: str | None = None
    label_type: str = "text"
    classes: tuple[str, ...] = ()
    style: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A box around nodes. Subgraphs are listed inner before outer."""

    id: str
    title: str
    nodes: tuple[str, ...]
    direction: str | None
    span: Span
    """From `subgraph` to its `end`."""
    title_span: Span | None = None
    classes: tuple[str, ...] = ()
    parent: str | None = None
    label_type: str = "text"
    properties: Mapping[str, str] = field(default_factory=dict)
    """`@{…}` keys, such as `view`."""


@dataclass(frozen=True, slots=True)
class ClassUse:
    """One name in a `class` statement, a `:::` or a `classDef`, for rules about unused and undefined classes."""

    name: str
    targets: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Comment:
    """A whole-line `%% …` comment. `text` is what follows the `%%`."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Flowchart:
    """A parsed flowchart. `vertices` and `edges` are in order of first mention."""

    source: Source
    direction: str
    """TB, BT, LR or RL (TD is TB)."""
    vertices: Mapping[str, Vertex]
    edges: tuple[Edge, ...]
    subgraphs: tuple[Subgraph, ...] = ()
    class_defs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    class_definitions: tuple[ClassUse, ...] = ()
    class_uses: tuple[ClassUse, ...] = ()
    comments: tuple[Comment, ...] = ()
    title: str = ""
    acc_title: str = ""
    acc_descr: str = ""
    front_matter: Mapping[str, object] = field(default_factory=dict)
    """The YAML between the leading `---` fences; our own settings are under its key `mflow`."""
    warnings: tuple[tuple[str, Span], ...] = ()
    """What Mermaid accepts and silently loses or misreads: (message, place)."""
    default_edge_style: tuple[str, ...] = ()
    """What `linkStyle default` says."""
    default_edge_curve: str = ""
