"""A class is defined and used nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Fix, Rule, Severity, Subject
from mermaid_flow.syntax.source import Span


class UnusedClass(Rule):
    id = "MF602"
    name = "unused-class"
    severity = Severity.INFO
    summary = "A class is defined and used nowhere."
    why = "It is a leftover; removing its line changes nothing in the picture."
    bad = "flowchart TD\n    classDef network fill:#bbf\n    A[VPC] --> B[Subnets]"
    good = "flowchart TD\n    A[VPC] --> B[Subnets]"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.flowchart is None:
            return
        used = {use.name for use in subject.flowchart.class_uses}
        for definition in subject.flowchart.class_definitions:
            if definition.name in used or definition.name == "default":
                continue
            yield self.found(
                subject,
                definition.span,
                f"the class {definition.name!r} is used nowhere",
                fix=_without_line(subject.source.text, definition.span, definition.name),
            )


def _without_line(text: str, span: Span, name: str) -> Fix | None:
    """Remove the line, where it holds this definition and nothing else."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.start)
    end = len(text) if end < 0 else end + 1
    words = text[start:end].split()
    alone = words[:2] == ["classDef", name] and ";" not in text[start:end].rstrip().rstrip(";")
    return Fix(((Span(start, end), ""),)) if alone else None
