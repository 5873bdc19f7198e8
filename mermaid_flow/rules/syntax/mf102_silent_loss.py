"""Mermaid accepts the text and silently loses or misreads a part of it."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class SilentLoss(Rule):
    id = "MF102"
    name = "silent-loss"
    severity = Severity.WARNING
    summary = "Mermaid accepts this and draws something else than it says."
    why = "The picture on a page differs from the text, and nobody is told. Write it in a form that means one thing."
    bad = "flowchart TD\n    A-->ops\n    A---ops"
    good = "flowchart TD\n    A --> ops"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for message, span in subject.diagram.warnings if subject.diagram else ():
            yield self.found(subject, span, message)
