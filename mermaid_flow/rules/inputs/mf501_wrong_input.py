"""A variable is missing, mistyped or out of range."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class WrongInput(Rule):
    id = "MF501"
    name = "wrong-input"
    severity = Severity.ERROR
    summary = "The vars do not fit the modules and handlers on the path that they choose."
    why = "The same checks stop a run before it changes anything; here they run for every vars file in a pull request."
    bad = ""
    good = ""
    needs = "vars"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for problem in subject.facts.input_problems() if subject.facts else ():
            if not problem.code.startswith(("inputs.unread", "inputs.unknown", "decision")):
                yield self.passed_on(problem)
