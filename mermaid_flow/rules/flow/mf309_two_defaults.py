"""A decision has two defaults."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class TwoDefaults(Rule):
    id = "MF309"
    name = "two-defaults"
    severity = Severity.ERROR
    summary = "A decision has two branches without a label of their own."
    why = "An unlabelled branch, `else`, `default` and `otherwise` all mean: when nothing else fits. There can be one."
    bad = "flowchart TD\n    A{Kind?} -->|New| B[Create]\n    A --> C[Update]\n    A -->|else| D[Skip]"
    good = "flowchart TD\n    A{Kind?} -->|New| B[Create]\n    A -->|Changed| C[Update]\n    A -->|else| D[Skip]"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for problem in subject.graph_problems:
            if problem.code == "graph.defaults":
                yield self.passed_on(problem)
