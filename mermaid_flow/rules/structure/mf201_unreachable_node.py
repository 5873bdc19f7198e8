"""Nothing leads to a node."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.graph.analysis import unreachable
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class UnreachableNode(Rule):
    id = "MF201"
    name = "unreachable-node"
    severity = Severity.WARNING
    summary = "A node is only reached from a loop that nothing leads into."
    why = "The loop would start by itself, beside the rest. Lead an edge into it, or remove it."
    bad = "flowchart TD\n    A([Start]) --> B[Work]\n    C[Look] --> D{Done?}\n    D -->|No| C\n    D -->|Yes| E[Tell]"
    good = (
        "flowchart TD\n"
        "    A([Start]) --> B[Work]\n"
        "    B --> C[Look]\n"
        "    C --> D{Done?}\n"
        "    D -->|No| C\n"
        "    D -->|Yes| E[Tell]"
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.graph is None:
            return
        for node in unreachable(subject.graph):
            yield self.found(subject, subject.graph.nodes[node].span, f"nothing leads to {node} from outside its loop")
