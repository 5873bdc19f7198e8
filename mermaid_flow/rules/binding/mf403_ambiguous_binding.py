"""Two handlers are bound to a node equally closely."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class AmbiguousBinding(Rule):
    id = "MF403"
    name = "ambiguous-binding"
    severity = Severity.ERROR
    summary = "Two handlers are bound equally closely to one node."
    why = "Nothing says which one is meant. Bind one by the node's id, or to this diagram only."
    bad = ""
    good = ""
    needs = "project"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.graph is None or subject.facts is None:
            return
        for node in subject.graph.nodes.values():
            if problem := subject.facts.binding_problem(node):
                yield self.found(subject, node.span, problem.message, hint=problem.hint)
