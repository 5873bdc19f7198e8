"""A stage is left and entered again."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class StageEnteredAgain(Rule):
    id = "MF310"
    name = "stage-entered-again"
    severity = Severity.ERROR
    summary = "A path leaves a stage and comes back to it."
    why = "A stage is over when all of it has settled; it cannot begin again. Move the box between, or split the stage."
    bad = (
        "---\n"
        "mflow: {subgraphs: stages}\n"
        "---\n"
        "flowchart TD\n"
        "    subgraph S\n"
        "        A[One]\n"
        "        C[Three]\n"
        "    end\n"
        "    A --> B[Two]\n"
        "    B --> C"
    )
    good = (
        "---\n"
        "mflow: {subgraphs: stages}\n"
        "---\n"
        "flowchart TD\n"
        "    subgraph S\n"
        "        A[One] --> B[Two]\n"
        "    end\n"
        "    B --> C[Three]"
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for problem in subject.graph_problems:
            if problem.code == "graph.stage":
                yield self.passed_on(problem)
