"""Nothing reads a variable."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class UnreadVariable(Rule):
    id = "MF502"
    name = "unread-variable"
    severity = Severity.WARNING
    summary = "No module, handler or decision takes this variable."
    why = "It is without effect, mostly because its name is a little wrong."
    bad = ""
    good = ""
    needs = "vars"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for problem in subject.facts.input_problems() if subject.facts else ():
            if problem.code == "inputs.unread":
                yield self.passed_on(problem)
