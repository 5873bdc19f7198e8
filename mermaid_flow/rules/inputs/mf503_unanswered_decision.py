"""A decision has no answer, or an answer fits no decision."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class UnansweredDecision(Rule):
    id = "MF503"
    name = "unanswered-decision"
    severity = Severity.ERROR
    summary = "The vars leave a decision open, or answer it with something that no branch is called."
    why = "A run refuses to start. The message lists the answers that the branches allow."
    bad = ""
    good = ""
    needs = "vars"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for problem in subject.facts.input_problems() if subject.facts else ():
            if problem.code.startswith(("inputs.unknown", "decision")):
                yield self.passed_on(problem)
