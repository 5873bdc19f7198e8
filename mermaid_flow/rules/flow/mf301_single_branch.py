"""A decision has one way out."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.graph.model import EdgeKind
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class SingleBranch(Rule):
    id = "MF301"
    name = "single-branch"
    severity = Severity.WARNING
    summary = "A decision has fewer than two branches."
    why = "There is nothing to decide. Draw the other answer, or make it an action."
    bad = "flowchart TD\n    A{Needed?} -->|Yes| B[Create]"
    good = "flowchart TD\n    A{Needed?} -->|Yes| B[Create]\n    A -->|No| C[Skip]"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.graph is None:
            return
        for node in subject.graph.decisions:
            branches = [e for e in subject.graph.outgoing[node.id] if e.kind is not EdgeKind.CATCH]
            if len(branches) < 2:
                count = "no branch" if not branches else "only one branch"
                yield self.found(subject, node.span, f"the decision {node.label!r} has {count}")
