"""A cycle has two ways in."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class TwoWaysIn(Rule):
    id = "MF305"
    name = "two-ways-in"
    severity = Severity.ERROR
    summary = "A cycle can be entered in two places."
    why = "Nobody can say which lap a node is in. Lead all ways in to one node of the cycle."
    bad = (
        "flowchart TD\n"
        "    A{Which?} -->|One| B[First]\n"
        "    A -->|Two| C{Again?}\n"
        "    B --> C\n"
        "    C -->|Yes| B\n"
        "    C -->|No| D([End])"
    )
    good = "flowchart TD\n    A([Start]) --> B[First]\n    B --> C{Again?}\n    C -->|Yes| B\n    C -->|No| D([End])"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for problem in subject.graph_problems:
            if problem.code == "graph.irreducible":
                yield self.passed_on(problem)
