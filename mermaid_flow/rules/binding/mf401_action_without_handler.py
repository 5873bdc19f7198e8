"""Nothing does the work of an action."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.graph.model import Role
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class ActionWithoutHandler(Rule):
    id = "MF401"
    name = "action-without-handler"
    severity = Severity.ERROR
    summary = "No handler is bound to an action."
    why = "A run refuses to start. Write a handler for the label, or bind one by a pattern."
    bad = ""
    good = ""
    needs = "project"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.graph is None or subject.facts is None:
            return
        for node in subject.graph.nodes.values():
            if node.role is Role.ACTION and not subject.facts.is_bound(node):
                hint = subject.facts.suggestion(node.label) or f"write one: @action({node.label!r})"
                yield self.found(subject, node.span, f"no handler is bound to {node.label!r}", hint=hint)
