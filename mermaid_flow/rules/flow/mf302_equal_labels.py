"""Two branches of a decision have the same label."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.graph.model import Edge, EdgeKind
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class EqualLabels(Rule):
    id = "MF302"
    name = "equal-labels"
    severity = Severity.ERROR
    summary = "Two branches of a decision have the same label."
    why = "No answer can tell them apart. Where both are meant, fork behind one branch."
    bad = "flowchart TD\n    A{Kind?} -->|New| B[Create]\n    A -->|new| C[Update]"
    good = "flowchart TD\n    A{Kind?} -->|New| B[Create]\n    A -->|Changed| C[Update]"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.graph is None:
            return
        for node in subject.graph.decisions:
            seen: dict[str, Edge] = {}
            for edge in subject.graph.outgoing[node.id]:
                folded = _folded(edge.label)
                if edge.kind is EdgeKind.CATCH or not folded:
                    continue
                if folded in seen and seen[folded].span != edge.span:
                    yield self.found(
                        subject,
                        edge.span,
                        f"{node.label!r} has two branches called {edge.label!r}",
                        hint=f"the other one leads to {seen[folded].target}",
                    )
                seen.setdefault(folded, edge)


def _folded(label: str) -> str:
    """The letters and digits of a label in one case: what an answer is compared with."""
    folded = label.casefold()
    return folded if folded.isalnum() else "".join(filter(str.isalnum, folded))
