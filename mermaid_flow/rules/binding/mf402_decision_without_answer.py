"""A decision has no handler, no expression and no default."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.graph.model import EdgeKind
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class DecisionWithoutBinding(Rule):
    id = "MF402"
    name = "decision-without-binding"
    severity = Severity.INFO
    summary = "Only a variable of its own name can answer this decision."
    why = "That is fine when the vars have it; a handler or an expression takes the answer from other ones."
    bad = ""
    good = ""
    needs = "project"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.graph is None or subject.facts is None:
            return
        from mermaid_flow.inputs.decisions import variable_names  # noqa: PLC0415 - most calls look at no bindings

        for node in subject.graph.decisions:
            labels = [e.label for e in subject.graph.outgoing[node.id] if e.kind is not EdgeKind.CATCH]
            has_default = any(label.casefold() in ("", "else", "default", "otherwise") for label in labels)
            if not has_default and not subject.facts.is_bound(node):
                names = " or ".join(variable_names(node.id, node.label))
                yield self.found(subject, node.span, f"{node.label!r} is answered by nothing but the variable {names}")
