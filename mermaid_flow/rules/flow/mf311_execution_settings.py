"""What a diagram says about its own execution makes no sense."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class ExecutionSettings(Rule):
    id = "MF311"
    name = "execution-settings"
    severity = Severity.ERROR
    summary = "The front matter's `mflow:` section, a rollback or a subgraph cannot be executed as written."
    why = "The message says which part; docs/semantics.md has the settings."
    bad = "---\nmflow: {subgraphs: stagess}\n---\nflowchart TD\n    A([Start]) --> B([End])"
    good = "---\nmflow: {subgraphs: stages}\n---\nflowchart TD\n    A([Start]) --> B([End])"

    codes = ("graph.settings", "graph.rollback", "graph.subgraph")

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        yield from (self.passed_on(problem) for problem in subject.graph_problems if problem.code in self.codes)
