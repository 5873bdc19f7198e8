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
from mermaid_flow.syntax._flowchart_draft import ChartDraft, SubgraphDraft
from mermaid_flow.syntax._flowchart_lexer import Lexeme, Parsed, Run
from mermaid_flow.syntax._flowchart_nodes import read_label
from mermaid_flow.syntax._flowchart_statements import read_run
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.preprocess import Prepared
from mermaid_flow.syntax.source import Span

Match: TypeAlias = "re.Match[str]"

_DIRECTIONS = {"TD": "TB", "<": "RL", ">": "LR", "^": "BT", "v": "TB", "BR": "TB"}
_DEEPEST = 100
"""Subgraphs within subgraphs. Nobody reads more, and every later stage may walk them by recursion."""


@dataclass(slots=True)
class _Scope:
    """A subgraph that is not closed yet, with the statements still to come."""

    statements: Iterator[Parsed]
    opening: Match | None = None
    end: int = 0
    members: dict[str, Span] = field(default_factory=dict)
    direction: str | None = None


def build(prepared: Prepared, statements: list[Parsed], *, sound: bool = True) -> tuple[Flowchart, list[MflowError]]:
    """The flowchart of a parsed text, and what is wrong with its statements. It is good only when nothing is.

    Without `sound` some statements could not be read, and what refers to them is no mistake.
    """
    chart = ChartDraft(prepared, sound)
    _Builder(chart, statements).run()
    return chart.finished(), chart.problems


class _Builder:
    def __init__(self, chart: ChartDraft, statements: list[Parsed]) -> None:
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
                if isinstance(statement, Run):
                    members = None if self.scope.opening is None else self.scope.members
                    read_run(self.chart, statement, members)
                elif isinstance(statement, tuple):
                    self.open_subgraph(statement)
                    break
                else:
                    self.handlers[statement.type](statement.match)
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
        if match["glued"]:
            span = self.chart.span(match.start("inner_direction"), match.end("glued"))
            self.chart.warn(f"Mermaid reads {match['inner_direction']} here and drops {match['glued']!r}", span)
        self.scope.direction = match["inner_direction"]

    def accessibility(self, match: Match) -> None:
        if match["about"] == "Title":
            self.chart.acc_title = match["about_line"].strip()
        elif match["about_line"] is not None:
            self.chart.acc_descr = match["about_line"].strip()
        elif match["about_block"] is not None:
            # As in Mermaid, `{}` leaves an earlier description, and a `{` that the text ends in takes it away.
            description = match["about_block"].removesuffix("}").strip()
            self.chart.acc_descr = re.sub(r"\n\s+", "\n", description)

    def open_subgraph(self, statement: tuple[Lexeme, list[Parsed], Lexeme]) -> None:
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
        name, kind, name_start, name_end = read_label(text, start, end)
        written = text[start:end]
        if kind != "text":
            # Behind the string there may be more words.
            quotes_end = name_end + (2 if kind == "markdown" else 1)
            written = (text[name_start:name_end] + text[quotes_end:end]).replace('""', "")
        identifier = written.strip()
        title, place = name, self.chart.span(name_start, name_end)
        kind = "markdown" if kind == "markdown" else "text"
        title_end = match.end("title_end")
        if title_end > end:
            title, kind, title_start, stop = read_label(text, end + 1, title_end - 1)
            place = self.chart.span(title_start, stop)
        elif re.search(r"\s", written):
            # Mermaid takes an id with a blank in it for a title, even if the blank only follows it.
            if not re.search(r"\s", identifier):
                message = f"with the blank after it, Mermaid takes {identifier} for a title without an id"
                self.chart.warn(message, place)
            identifier = f"subGraph{self.closings}"
        self.closings += 1
        span = self.chart.span(match.start(), scope.end)
        subgraph = SubgraphDraft(identifier, title, (), scope.direction, span, place, label_type=kind)
        self.chart.close_subgraph(subgraph, scope.members)
        self.scope.members.setdefault(identifier, span)
