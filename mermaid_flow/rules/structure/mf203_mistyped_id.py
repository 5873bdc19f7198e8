"""An edge leads to an id that is a typo."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.errors import did_you_mean
from mermaid_flow.rules.rule import Diagnostic, Fix, Rule, Severity, Subject
from mermaid_flow.syntax.flowchart import Flowchart, Vertex
from mermaid_flow.syntax.source import Span


class MistypedId(Rule):
    id = "MF203"
    name = "mistyped-id"
    severity = Severity.WARNING
    summary = "An edge names an id that is defined nowhere and looks like one that is."
    why = "Mermaid makes a new node of a mistyped id, and the branch ends there in silence."
    bad = "flowchart TD\n    CreateVPC[Create VPC] --> CreateSubnets[Create Subnets]\n    CreateSubnet --> End([End])"
    good = "flowchart TD\n    CreateVPC[Create VPC] --> CreateSubnets[Create Subnets]\n    CreateSubnets --> End([End])"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.flowchart is None:
            return
        defined = [vertex.id for vertex in subject.flowchart.vertices.values() if vertex.definitions]
        for vertex in subject.flowchart.vertices.values():
            if vertex.definitions or len(vertex.id) < 4 or self._is_subgraph(vertex, subject.flowchart):
                continue
            hint = did_you_mean(vertex.id, [other for other in defined if self._is_close(vertex.id, other)])
            if hint:
                meant = hint.split("'")[1]
                edits = [(span, meant) for span in self._mentions(vertex, subject.flowchart)]
                yield self.found(
                    subject,
                    vertex.span,
                    f"{vertex.id} is defined nowhere",
                    hint=hint,
                    fix=Fix(tuple(edits)),
                )

    def _is_close(self, name: str, other: str) -> bool:
        """One letter more, less, or other: `CreateSubnet`, not `DeployB` for `DeployA`, which are both real names."""
        longer, shorter = sorted((name.casefold(), other.casefold()), key=len, reverse=True)
        if len(longer) == len(shorter):
            differing = [i for i in range(len(longer)) if longer[i] != shorter[i]]
            swapped = len(differing) == 2 and longer[differing[0]] == shorter[differing[1]]
            return len(longer) >= 6 and (not differing or swapped)
        return len(longer) == len(shorter) + 1 and any(
            longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer))
        )

    def _is_subgraph(self, vertex: Vertex, diagram: Flowchart) -> bool:
        return any(vertex.id == subgraph.id for subgraph in diagram.subgraphs)

    def _mentions(self, vertex: Vertex, diagram: Flowchart) -> list[Span]:
        spans = {edge.start_span for edge in diagram.edges if edge.start == vertex.id}
        spans |= {edge.end_span for edge in diagram.edges if edge.end == vertex.id}
        text = diagram.source.text
        return sorted(s for s in spans if s is not None and text[s.start : s.end] == vertex.id)
