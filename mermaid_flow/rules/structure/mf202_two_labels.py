"""One id is given two different labels."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class TwoLabels(Rule):
    id = "MF202"
    name = "two-labels"
    severity = Severity.WARNING
    summary = "The same id is given two different labels."
    why = "They are one node, and the last label wins: probably one of the ids is a copy that was not changed."
    bad = "flowchart TD\n    A[Create VPC] --> B[Create Subnets]\n    A[Create Routes] --> C[Done]"
    good = "flowchart TD\n    A[Create VPC] --> B[Create Subnets]\n    A2[Create Routes] --> C[Done]"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for vertex in subject.flowchart.vertices.values() if subject.flowchart else ():
            if len(vertex.definitions) < 2:
                continue
            labelled = [definition for definition in vertex.definitions if definition.label is not None]
            for earlier, later in itertools.pairwise(labelled):
                if later.label != earlier.label:
                    line, _ = subject.source.position(earlier.span.start)
                    yield self.found(
                        subject,
                        later.span,
                        f"{vertex.id} is {later.label!r} here and {earlier.label!r} in line {line}",
                        hint="give one of them another id",
                    )
