"""A flowchart while it is being read: everything in it can still change."""

from __future__ import annotations

from dataclasses import replace

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax.flowchart import ClassUse, Definition, Edge, Flowchart, Subgraph, Vertex
from mermaid_flow.syntax.preprocess import Prepared
from mermaid_flow.syntax.problems import SyntaxProblem
from mermaid_flow.syntax.shapes import short_name
from mermaid_flow.syntax.source import Span


class VertexDraft:
    """A vertex while its mentions add up."""

    __slots__ = (
        "classes",
        "definitions",
        "id",
        "label",
        "label_span",
        "label_type",
        "properties",
        "span",
        "styles",
        "type",
    )

    def __init__(self, name: str, span: Span) -> None:
        self.id = name
        self.label = name
        self.label_type = "text"
        self.label_span: Span | None = None
        self.span = span
        self.type: str | None = None
        self.classes: list[str] = []
        self.styles: list[str] = []
        self.definitions: tuple[Definition, ...] = ()
        self.properties: dict[str, str] = {}

    def finished(self, parent: str | None) -> Vertex:
        properties = self.properties
        shape = "imageSquare" if "img" in properties else "icon" if "icon" in properties else short_name(self.type)
        return Vertex(
            self.id,
            self.label,
            shape,
            self.span,
            self.type,
            self.label_type,
            self.label_span,
            tuple(self.classes),
            tuple(self.styles),
            parent,
            self.definitions,
            properties,
        )


class ChartDraft:
    """The state that statements change, and the messages they cause."""

    def __init__(self, prepared: Prepared, sound: bool) -> None:
        self.prepared = prepared
        self.sound = sound
        """Whether all statements could be read."""
        self.vertices: dict[str, VertexDraft] = {}
        self.edges: list[Edge] = []
        self.edge_ids: dict[str, int] = {}
        """Ids that the user gave, with the edge's index."""
        self.subgraphs: dict[str, Subgraph] = {}
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
        # Where nothing was cut out of the text, its places need no translation, which is worth a shortcut.
        whole = len(prepared.starts) == 1 and prepared.shifts[0] == 0
        self.span = Span if whole else prepared.span

    def warn(self, message: str, span: Span) -> None:
        self.warnings.append((message, span))

    def report(self, message: str, span: Span, hint: str = "") -> None:
        self.problems.append(SyntaxProblem(message, hint=hint, where=self.prepared.source.location(span)))

    def mention(self, name: str, span: Span) -> VertexDraft:
        """The vertex of that id, made by its first mention."""
        draft = self.vertices.get(name)
        if draft is None:
            draft = self.vertices[name] = VertexDraft(name, span)
        return draft

    def give_class(self, targets: str, name: str) -> bool:
        """Give a class to what exists of a comma-separated list of ids; whether anything did."""
        found = False
        for target in targets.split(","):
            if target in self.vertices:
                self.vertices[target].classes.append(name)
                found = True
            if target in self.edge_ids:
                index = self.edge_ids[target]
                self.edges[index] = replace(self.edges[index], classes=(*self.edges[index].classes, name))
                found = True
            if target in self.subgraphs:
                subgraph = self.subgraphs[target]
                self.subgraphs[target] = replace(subgraph, classes=(*subgraph.classes, name))
                found = True
        return found

    def close_subgraph(self, subgraph: Subgraph, members: dict[str, Span]) -> None:
        """Add a subgraph at its `end`. What an earlier one holds stays there; a repeated id joins the first one."""
        kept = tuple(name for name in members if name not in self.owners and name != subgraph.id)
        for name, span in members.items():
            owner = self.owners.get(name, subgraph.id)
            if owner != subgraph.id and not self._stands_in(owner, members):
                self.warn(f"{name} is in the subgraph {owner} already; Mermaid does not draw it in {subgraph.id}", span)
        self.owners.update(dict.fromkeys(kept, subgraph.id))
        first = self.subgraphs.get(subgraph.id)
        if first is None:
            self.subgraphs[subgraph.id] = replace(subgraph, nodes=kept)
        else:
            self.warn(f"there is a subgraph {subgraph.id} already; Mermaid makes one of the two", subgraph.span)
            self.subgraphs[subgraph.id] = replace(first, nodes=first.nodes + kept)

    def _stands_in(self, name: str, members: dict[str, Span]) -> bool:
        """Whether a subgraph is one of the members, or somewhere within one."""
        current: str | None = name
        while current is not None and current not in members:
            current = self.owners.get(current)
        return current is not None

    def finished(self) -> Flowchart:
        prepared = self.prepared
        return Flowchart(
            prepared.source,
            self.direction,
            {name: draft.finished(self.owners.get(name)) for name, draft in self.vertices.items()},
            tuple(self.edges),
            tuple(replace(subgraph, parent=self.owners.get(name)) for name, subgraph in self.subgraphs.items()),
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
