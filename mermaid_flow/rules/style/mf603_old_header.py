"""The header is the old word `graph`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Fix, Rule, Severity, Subject
from mermaid_flow.syntax.source import Span

_GRAPH = re.compile(r"^(\s*)graph(?=[\s;])", re.MULTILINE)


class OldHeader(Rule):
    id = "MF603"
    name = "old-header"
    severity = Severity.INFO
    summary = "The diagram begins with `graph`, the old word for `flowchart`."
    why = "Both mean the same; `flowchart` is the word of Mermaid's documentation."
    bad = "graph TD\n    A[VPC] --> B[Subnets]"
    good = "flowchart TD\n    A[VPC] --> B[Subnets]"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        text = subject.source.text
        header = _GRAPH.search(text) if subject.flowchart and "graph" in text else None
        if header is not None:
            span = Span(header.end(1), header.end())
            yield self.found(subject, span, "`graph` is `flowchart` today", fix=Fix(((span, "flowchart"),)))
