"""A cycle is never left."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.graph.analysis import endless_loops
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class EndlessCycle(Rule):
    id = "MF306"
    name = "endless-cycle"
    severity = Severity.ERROR
    summary = "A cycle has no exit, or none that a decision can choose."
    why = "The run would go round until its laps are used up. Close a cycle with a decision that can leave it."
    bad = "flowchart TD\n    A([Start]) --> B[Poll]\n    B --> C[Wait]\n    C --> B"
    good = "flowchart TD\n    A([Start]) --> B[Poll]\n    B --> C{Ready?}\n    C -->|No| B\n    C -->|Yes| D([End])"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for problem in subject.graph_problems:
            if problem.code == "graph.endless":
                yield self.passed_on(problem)
        if subject.graph is None:
            return
        for loop in endless_loops(subject.graph):
            header = subject.graph.nodes[loop.header]
            yield self.found(subject, header.span, f"the cycle that begins at {header.label!r} is never left")
