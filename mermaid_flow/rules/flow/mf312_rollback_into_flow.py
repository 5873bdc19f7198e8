"""A rollback leads back into the flow."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.graph.analysis import edges_back_into_flow
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class RollbackIntoFlow(Rule):
    id = "MF312"
    name = "rollback-into-flow"
    severity = Severity.WARNING
    summary = "An edge leads from a rollback back to a step of the flow."
    why = "A rollback runs when the flow is over: what the edge leads to does not run again."
    bad = "flowchart TD\n    A[Create] --> B[Test]\n    A -->|rollback| C[Delete]\n    C --> B"
    good = "flowchart TD\n    A[Create] --> B[Test]\n    A -->|rollback| C[Delete]"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for edge in edges_back_into_flow(subject.graph) if subject.graph else ():
            yield self.found(subject, edge.span, f"the rollback {edge.source} leads to {edge.target} in vain")
