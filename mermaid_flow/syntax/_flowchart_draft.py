"""A flowchart while it is being read: everything in it can still change."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax.flowchart import ClassUse, Definition, Edge, Flowchart, Stroke, Subgraph, Vertex
from mermaid_flow.syntax.preprocess import Prepared
from mermaid_flow.syntax.problems import SyntaxProblem
from mermaid_flow.syntax.shapes import short_name
from mermaid_flow.syntax.source import Span

_Item = TypeVar("_Item")

NOTHING: Mapping[str, str] = {}
"""The properties of most nodes and edges; never changed."""


# The drafts have the fields of the frozen classes in the same order, and so the same layout: a draft becomes the
# real thing by a change of its class. To build a frozen dataclass takes four times as long, a fifth of a whole parse.
# Their sequences are empty tuples until something is added, then lists, and tuples again in the end.


@dataclass(slots=True)
class VertexDraft:
    """A `Vertex` while its mentions add up."""

    id: str
    label: str
    shape: str
    span: Span
    type: str | None = None
    label_type: str = "text"
    label_span: Span | None = None
    classes: Sequence[str] = ()
    styles: Sequence[str] = ()
    parent: str | None = None
    definitions: Sequence[Definition] = ()
    properties: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(slots=True)
class EdgeDraft:
    """An `Edge` that statements further down may still style."""

    index: int
    start: str
    end: str
    label: str
    stroke: Stroke
    type: str
    length: int
    span: Span
    label_span: Span | None = None
    start_span: Span | None = None
    end_span: Span | None = None
    id: str | None = None
    label_type: str = "text"
    classes: Sequence[str] = ()
    style: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(slots=True)
class SubgraphDraft:
    """A `Subgraph` that a later one of the same id may join."""

    id: str
    title: str
    nodes: Sequence[str]
    direction: str | None
    span: Span
    title_span: Span | None = None
    classes: Sequence[str] = ()
    parent: str | None = None
    label_type: str = "text"
    properties: Mapping[str, str] = field(default_factory=lambda: NOTHING)


def appended(items: Sequence[_Item], *more: _Item) -> Sequence[_Item]:
    """A draft's sequence with something added, in time that does not grow with it."""
    if isinstance(items, list):
        items.extend(more)
        return items
    return list(more)


class ChartDraft:
    """The state that statements change, and the messages they cause."""

    def __init__(self, prepared: Prepared, sound: bool) -> None:
        self.prepared = prepared
        self.sound = sound
        """Whether all statements could be read."""
        self.vertices: dict[str, VertexDraft] = {}
        self.edges: list[EdgeDraft] = []
        self.edge_ids: dict[str, EdgeDraft] = {}
        """The edges that the user gave an id."""
        self.subgraphs: dict[str, SubgraphDraft] = {}
        """Closed ones, in the order of closing."""
        self.owners: dict[str, str] = {}
        """The subgraph that each member is in."""
        self.direction = "TB"
        self.acc_title = ""
        self.acc_descr = ""
        self.class_defs: dict[str, list[str]] = {}
        self.class_definitions: list[ClassUse] = []
        self.class_uses: list[ClassUse] = []
        self.default_edge_style: tuple[str, ...] = ()
        self.default_edge_curve = ""
        self.problems: list[MflowError] = []
        self.warnings: list[tuple[str, Span]] = list(prepared.warnings)
        self.span = prepared.spans()

    def warn(self, message: str, span: Span) -> None:
        self.warnings.append((message, span))

    def report(self, message: str, span: Span, hint: str = "") -> None:
        self.problems.append(SyntaxProblem(message, hint=hint, where=self.prepared.source.location(span)))

    def mention(self, name: str, span: Span) -> VertexDraft:
        """The vertex of that id, made by its first mention."""
        draft = self.vertices.get(name)
        if draft is None:
            draft = self.vertices[name] = VertexDraft(name, name, "rect", span)
        return draft

    def give_class(self, targets: str, name: str) -> bool:
        """Give a class to what exists of a comma-separated list of ids; whether anything did."""
        found = False
        for target in targets.split(","):
            for draft in (self.vertices.get(target), self.edge_ids.get(target), self.subgraphs.get(target)):
                if draft is not None:
                    draft.classes = appended(draft.classes, name)
                    found = True
        return found

    def close_subgraph(self, subgraph: SubgraphDraft, members: dict[str, Span]) -> None:
        """Add a subgraph at its `end`. What an earlier one holds stays there; a repeated id joins the first one."""
        owners = self.owners
        kept = [name for name in members if name not in owners and name != subgraph.id]
        if len(kept) < len(members):
            self._warn_of_lost_members(subgraph.id, members)
        owners.update(dict.fromkeys(kept, subgraph.id))
        first = self.subgraphs.get(subgraph.id)
        if first is None:
            subgraph.nodes = kept
            self.subgraphs[subgraph.id] = subgraph
        else:
            self.warn(f"there is a subgraph {subgraph.id} already; Mermaid makes one of the two", subgraph.span)
            first.nodes = appended(first.nodes, *kept)

    def _warn_of_lost_members(self, identifier: str, members: dict[str, Span]) -> None:
        for name, span in members.items():
            owner = self.owners.get(name, identifier)
            if owner != identifier and not self._stands_in(owner, members):
                self.warn(f"{name} is in the subgraph {owner} already; Mermaid does not draw it in {identifier}", span)

    def _stands_in(self, name: str, members: dict[str, Span]) -> bool:
        """Whether a subgraph is one of the members, or somewhere within one."""
        current: str | None = name
        while current is not None and current not in members:
            current = self.owners.get(current)
        return current is not None

    def finished(self) -> Flowchart:
        """The flowchart. The draft is used up."""
        prepared = self.prepared
        if prepared.comments:
            self._warn_of_comments_in_labels()
        if "%%" in prepared.text:
            self._warn_of_comments_in_names()
        return Flowchart(
            prepared.source,
            self.direction,
            self._finished_vertices(),
            self._finished_edges(),
            self._finished_subgraphs(),
            {name: tuple(styles) for name, styles in self.class_defs.items()},
            tuple(self.class_definitions),
            tuple(self.class_uses),
            prepared.comments,
            prepared.title,
            self.acc_title,
            self.acc_descr,
            prepared.front_matter,
            tuple(self.warnings),
            self.default_edge_style,
            self.default_edge_curve,
        )

    def _warn_of_comments_in_labels(self) -> None:
        starts = [comment.span.start for comment in self.prepared.comments]
        labels = [(draft.label, draft.label_span) for draft in self.vertices.values()]
        labels += [(draft.label, draft.label_span) for draft in self.edges]
        for label, span in labels:
            if span is not None and "\n" in label:
                index = bisect_left(starts, span.start)
                if index < len(starts) and starts[index] < span.end:
                    self.warn("Mermaid takes this line of the label for a comment", self.prepared.comments[index].span)

    def _warn_of_comments_in_names(self) -> None:
        places = [(name, draft.span) for name, draft in self.vertices.items()]
        places += [(draft.title, draft.title_span or draft.span) for draft in self.subgraphs.values()]
        for name, span in places:
            if "%%" in name:
                self.warn("Mermaid takes `%%` for a part of this name; a comment needs a line of its own", span)

    def _finished_vertices(self) -> dict[str, Vertex]:
        for name, owner in self.owners.items():
            if name in self.vertices:
                self.vertices[name].parent = owner
            if name in self.subgraphs:
                self.subgraphs[name].parent = owner
        for draft in self.vertices.values():
            if draft.properties or draft.type:
                properties = draft.properties
                icon = "imageSquare" if "img" in properties else "icon" if "icon" in properties else ""
                draft.shape = icon or short_name(draft.type)
            if draft.definitions:
                draft.definitions = tuple(draft.definitions)
            if draft.classes or draft.styles:
                draft.classes, draft.styles = tuple(draft.classes), tuple(draft.styles)
            draft.__class__ = Vertex  # type: ignore[assignment] # see the drafts
        return self.vertices  # type: ignore[return-value] # see the drafts

    def _finished_edges(self) -> tuple[Edge, ...]:
        for draft in self.edges:
            if draft.classes:
                draft.classes = tuple(draft.classes)
            draft.__class__ = Edge  # type: ignore[assignment] # see the drafts
        return tuple(self.edges)  # type: ignore[arg-type] # see the drafts

    def _finished_subgraphs(self) -> tuple[Subgraph, ...]:
        for draft in self.subgraphs.values():
            draft.classes, draft.nodes = tuple(draft.classes), tuple(draft.nodes)
            draft.__class__ = Subgraph  # type: ignore[assignment] # see the drafts
        return tuple(self.subgraphs.values())  # type: ignore[arg-type] # see the drafts
