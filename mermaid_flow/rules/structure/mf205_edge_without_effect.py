"""An edge is drawn in a kind that does not execute."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.graph.model import EdgeKind
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class EdgeWithoutEffect(Rule):
    id = "MF205"
    name = "edge-without-effect"
    severity = Severity.WARNING
    summary = "An edge of this kind carries no control flow."
    why = "`---`, `<-->` and `--x` are not arrows that a run follows: the target does not wait for the source."
    bad = "flowchart TD\n    A[Create VPC] --- B[Create Subnets]"
    good = "flowchart TD\n    A[Create VPC] --> B[Create Subnets]"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.graph is None:
            return
        reported: set[int] = set()
        for edge in subject.graph.edges:
            if edge.kind is not EdgeKind.NONE:
                continue
            if any(subject.graph.diagram.edges[index].stroke == "invisible" for index in edge.drawn):
                continue
            if edge.span.start not in reported:
                reported.add(edge.span.start)
                yield self.found(
                    subject,
                    edge.span,
                    f"the edge from {edge.source} to {edge.target} is not followed by a run",
                    hint="draw `-->`, or `~~~` where it is for the layout only",
                )
