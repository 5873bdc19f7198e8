"""A class is used and defined nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.errors import did_you_mean
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class UndefinedClass(Rule):
    id = "MF601"
    name = "undefined-class"
    severity = Severity.WARNING
    summary = "A class is used and defined nowhere."
    why = "It has no effect, in the picture or where classes select groups of boxes."
    bad = "flowchart TD\n    classDef network fill:#bbf\n    A[VPC]:::netwrk --> B[Subnets]\n    class B network"
    good = "flowchart TD\n    classDef network fill:#bbf\n    A[VPC]:::network --> B[Subnets]\n    class B network"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.flowchart is None:
            return
        for use in subject.flowchart.class_uses:
            if use.name not in subject.flowchart.class_defs:
                hint = did_you_mean(use.name, subject.flowchart.class_defs)
                yield self.found(subject, use.span, f"the class {use.name!r} is defined nowhere", hint=hint)
