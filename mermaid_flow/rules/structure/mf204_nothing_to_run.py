"""The diagram has nothing that runs."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class NothingToRun(Rule):
    id = "MF204"
    name = "nothing-to-run"
    severity = Severity.WARNING
    summary = "The diagram has no node and no message."
    why = "It is a header alone, or all of it was swallowed by a line that Mermaid reads as something else."
    bad = "flowchart TD"
    good = "flowchart TD\n    A([Start]) --> B([End])"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        empty_chart = subject.flowchart is not None and not subject.flowchart.vertices
        empty_sequence = subject.sequence is not None and not subject.sequence.body
        if empty_chart or empty_sequence:
            yield self.found(subject, None, "there is nothing in this diagram that could run")
