"""From the statements of a flowchart to its AST, in the order in which they are written.

Mermaid's language is one of side effects: a later definition of a node wins, a class is given only to what exists by
then, the first subgraph that closes keeps a node. The builder goes through the statements as Mermaid's `flowDb.ts`
does, and says so where Mermaid loses something in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax._flowchart_arrows import read_arrow
from mermaid_flow.syntax._flowchart_draft import ChartDraft, VertexDraft
from mermaid_flow.syntax._flowchart_nodes import apply_data, apply_edge_data, read_bracket, read_label
from mermaid_flow.syntax._flowchart_styling import STYLING
from mermaid_flow.syntax._lexer import Lexeme
from mermaid_flow.syntax.flowchart import ClassUse, Definition, Edge, Flowchart, Subgraph
from mermaid_flow.syntax.preprocess import Prepared
from mermaid_flow.syntax.source import Span

Statement: TypeAlias = "Lexeme | list[Lexeme] | tuple[Lexeme, list[Statement], Lexeme]"
Mention: TypeAlias = tuple[str, Span]
Match: TypeAlias = "re.Match[str]"

_DIRECTIONS = {"TD": "TB", "<": "RL", ">": "LR", "^": "BT", "v": "TB", "BR": "TB"}
_MOST_EDGES = 2_500
"""Edges that one arrow may make by `&`: `A & B --> C & D` is four. Mermaid refuses a diagram of more than 500."""
_DEEPEST = 100
"""Subgraphs within subgraphs. Nobody reads more, and every later stage may walk them by recursion."""


@dataclass(slots=True)
class _Scope:
    """A subgraph that is not closed yet, with the statements still to come."""

    statements: Iterator[Statement]
    opening: Match | None = None
    end: int = 0
    members: dict[str, Span] = field(default_factory=dict)
    direction: str | None = None


def build(prepared: Prepared, statements: list[Statement], *, sound: bool = True) -> tuple[Flowchart, list[MflowError]]:
    """The flowchart of a parsed text, and what is wrong with its statements. It is good only when nothing is.

    Without `sound` some statements could not be read, and what refers to them is no mistake.
    """
    chart = ChartDraft(prepared, sound)
    _Builder(chart, statements).run()
    return chart.finished(), chart.problems


class _Builder:
    def __init__(self, chart: ChartDraft, statements: list[Statement]) -> None:
        self.chart = chart
        self.scopes = [_Scope(iter(statements))]
        self.scope = self.scopes[0]
        self.closings = 0
        self.handlers: dict[str, Callable[[Match], None]] = {
            "HEADER": self.header,
            "DIRECTION": self.direction,
            "ACCESSIBILITY": self.accessibility,
        }

    def run(self) -> None:
        while True:
            for statement in self.scope.statements:
                if type(statement) is list:
                    self.chain(statement)
                elif type(statement) is tuple:
                    self.open_subgraph(statement)
                    break
                else:
                    kind, match = statement.type, statement.match  # type: ignore[union-attr] # a Lexeme by exclusion
                    if kind in STYLING:
                        STYLING[kind](self.chart, match)
                    else:
                        self.handlers[kind](match)
            else:
                if self.scope.opening is None:
                    return
                self.close_subgraph(self.scope.opening)

    # ------------------------------------------------------------------------------------------------- structure

    def header(self, match: Match) -> None:
        written = match["direction"] or "TB"
        self.chart.direction = _DIRECTIONS.get(written, written)

    def direction(self, match: Match) -> None:
        if self.scope.opening is None:
            span = self.chart.span(match.start(), match.end("inner_direction"))
            self.chart.warn("`direction` has no effect outside of a subgraph; write it in the first line", span)
        self.scope.direction = match["inner_direction"]

    def accessibility(self, match: Match) -> None:
        if match["about"] == "Title":
            self.chart.acc_title = match["about_line"].strip()
        else:
            self.chart.acc_descr = (match["about_line"] or match["about_block"] or "").strip()

    def open_subgraph(self, statement: tuple[Lexeme, list[Statement], Lexeme]) -> None:
        opening, statements, end = statement
        if len(self.scopes) > _DEEPEST:
            span = self.chart.span(*opening.match.span())
            self.chart.report(f"more than {_DEEPEST} subgraphs stand inside one another", span, "draw a second diagram")
            return
        self.scope = _Scope(iter(statements), opening.match, end.start_pos + len("end"))
        self.scopes.append(self.scope)

    def close_subgraph(self, match: Match) -> None:
        scope = self.scopes.pop()
        self.scope = self.scopes[-1]
        text = match.string
        start, end = match.start("subgraph"), match.end("subgraph_end")
        title = name = read_label(text, start, end)
        written = text[start:end] if name.kind == "text" else text[name.start : name.end]
        identifier = written.strip()
        if match.end() > end:
            title = read_label(text, end + 1, match.end() - 1)
        elif re.search(r"\s", written):
            # Mermaid takes an id with a blank in it for a title, even if the blank only follows it.
            if not re.search(r"\s", identifier):
                message = f"with the blank after it, Mermaid takes {identifier} for a title without an id"
                self.chart.warn(message, self.chart.span(start, end))
            identifier = f"subGraph{self.closings}"
        self.closings += 1
        span = self.chart.span(match.start(), scope.end)
        subgraph = Subgraph(
            identifier,
            title.text,
            (),
            scope.direction,
            span,
            self.chart.span(title.start, title.end),
            label_type=title.kind,
        )
        self.chart.close_subgraph(subgraph, scope.members)
        self.scope.members.setdefault(identifier, span)

    # ---------------------------------------------------------------------------------------------------- chains

    def chain(self, lexemes: list[Lexeme]) -> None:
        """`A & B --> C -- text --> D`: nodes, and the links between them as soon as both sides are known."""
        left: list[Mention] = []
        right = [self.node(lexemes[0].match)]
        link: Match | None = None
        for index in range(1, len(lexemes), 2):
            joint = lexemes[index]
            if joint.type == "LINK":
                if link is not None:
                    self.connect(left, link, right)
                left, right, link = right, [], joint.match
            right.append(self.node(lexemes[index + 1].match))
        if link is not None:
            self.connect(left, link, right)

    def node(self, match: Match) -> Mention:
        """One mention of a node, with whatever it defines."""
        chart = self.chart
        start, end = match.start(), match.end("id_end")
        name = match.string[start:end]
        span = chart.span(start, end)
        if name in chart.edge_ids:
            apply_edge_data(chart, name, match)
            return name, span
        self.scope.members.setdefault(name, span)
        draft = chart.vertices.get(name)
        if draft is None:
            draft = chart.mention(name, span)
        if match.end() > end:
            self.define(draft, match)
        return name, span

    def define(self, draft: VertexDraft, match: Match) -> None:
        chart = self.chart
        text = match.string
        id_end, bracket_end, class_end, end = (
            match.end("id_end"),
            match.end("bracket_end"),
            match.end("class_end"),
            match.end(),
        )
        if bracket_end > id_end:
            bracket = read_bracket(text, id_end, bracket_end)
            label = bracket.label
            draft.label, draft.label_type, draft.type = label.text, label.kind, bracket.form
            draft.label_span = chart.span(label.start, label.end)
            draft.definitions += (Definition(label.text, bracket.form, chart.span(match.start(), bracket_end)),)
            if bracket.property:
                draft.properties["props"] = bracket.property
        if class_end > bracket_end:
            name = text[bracket_end + 3 : class_end]
            chart.class_uses.append(ClassUse(name, (draft.id,), chart.span(bracket_end + 3, class_end)))
            chart.give_class(draft.id, name)
        if end > class_end:
            apply_data(chart, draft, text, class_end, end)

    def connect(self, left: list[Mention], link: Match, right: list[Mention]) -> None:
        """Add the edges of one arrow from each node on its left to each on its right."""
        chart = self.chart
        label = None
        if link["arrow"]:
            arrow = read_arrow("", link["arrow"])
            begin, end = link.start("arrow"), link.end("arrow")
            if link.end("label_end") >= 0:
                label = read_label(link.string, link.end("label"), link.start("label_end"))
                end = link.end("label_end") + 1
        else:
            arrow = read_arrow(link["opening"], link["closing"])
            begin, end = link.start("opening"), link.end("closing")
            label = read_label(link.string, link.end("opening") + 2, link.start("closing"))
        span = chart.span(begin, end)
        if arrow.mistake:
            chart.report(arrow.mistake, span)
        if len(left) * len(right) > _MOST_EDGES:
            chart.report(f"this arrow would make {len(left) * len(right)} edges", span)
            return
        edge_id = link["edge_id"]
        text, label_span, label_type = "", None, "text"
        if label is not None:
            text, label_type = label.text, label.kind
            label_span = chart.span(label.start, label.end)
        edges = chart.edges
        properties = {"curve": chart.default_edge_curve} if chart.default_edge_curve else {}
        last, first = left[-1], right[0]
        for start in left:
            for target in right:
                given = None
                if edge_id and start[0] == last[0] and target[0] == first[0] and edge_id not in chart.edge_ids:
                    chart.edge_ids[edge_id] = len(edges)
                    given = edge_id
                edges.append(
                    Edge(
                        len(edges),
                        start[0],
                        target[0],
                        text,
                        arrow.stroke,
                        arrow.type,
                        arrow.length,
                        span,
                        label_span,
                        start[1],
                        target[1],
                        given,
                        label_type,
                        (),
                        (),
                        properties,
                    )
                )
