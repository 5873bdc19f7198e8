"""The text is not a Mermaid diagram."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class SyntaxErrorRule(Rule):
    id = "MF101"
    name = "syntax-error"
    severity = Severity.ERROR
    summary = "The text does not follow Mermaid's grammar."
    why = "Nothing can be said of a diagram that cannot be read. All mistakes that can be told apart are reported."
    bad = "flowchart TD\n    A[Create --> B"
    good = "flowchart TD\n    A[Create] --> B"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        yield from (self.passed_on(problem) for problem in subject.syntax_problems)
