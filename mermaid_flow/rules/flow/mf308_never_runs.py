"""A node can never run."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.graph.analysis import never_runs
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class NeverRuns(Rule):
    id = "MF308"
    name = "never-runs"
    severity = Severity.ERROR
    summary = "A node, or a join, waits for something that never happens."
    why = "What it waits for is behind a cycle that is never left. Give the cycle an exit that a decision can choose."
    bad = (
        "flowchart TD\n"
        "    A([Start]) --> B[Poll]\n"
        "    B --> C{Again?}\n"
        "    C -->|Yes| B\n"
        "    C -->|Also| B\n"
        "    B --> D[Tell]"
    )
    good = "flowchart TD\n    A([Start]) --> B[Poll]\n    B --> C{Ready?}\n    C -->|No| B\n    C -->|Yes| D[Tell]"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.graph is None:
            return
        for node in never_runs(subject.graph):
            yield self.found(subject, subject.graph.nodes[node].span, f"{node} can never run")
