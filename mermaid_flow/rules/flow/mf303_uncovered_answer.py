"""A decision can have an answer that no branch takes."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.errors import MflowError
from mermaid_flow.graph.model import EdgeKind
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class UncoveredAnswer(Rule):
    id = "MF303"
    name = "uncovered-answer"
    severity = Severity.WARNING
    summary = "The variable behind a decision allows a value that no branch takes, and there is no default."
    why = "A run with that value stops at the decision. Draw the branch, or one labelled `else`."
    bad = ""
    good = ""
    needs = "project"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.graph is None or subject.facts is None:
            return
        for node in subject.graph.decisions:
            labels = [e.label for e in subject.graph.outgoing[node.id] if e.kind is not EdgeKind.CATCH]
            missing = [value for value in subject.facts.answers(node) if not _covered(value, labels)]
            if missing:
                values = ", ".join(missing)
                message = f"{node.label!r} has no branch for {values}"
                yield self.found(subject, node.span, message, hint="draw it, or one labelled `else`")


def _covered(value: str, labels: list[str]) -> bool:
    from mermaid_flow.inputs.decisions import match_value  # noqa: PLC0415 - most calls look at no bindings

    try:
        return bool(match_value(value, labels))
    except MflowError:
        return False
