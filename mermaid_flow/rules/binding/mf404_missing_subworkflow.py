"""A sub-workflow names no diagram of the project."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.graph.model import Role
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class MissingSubworkflow(Rule):
    id = "MF404"
    name = "missing-subworkflow"
    severity = Severity.ERROR
    summary = "A `[[box]]` runs another diagram, and the project has none of that name."
    why = "The label, in lower case with dashes for spaces, is the name of a file in the diagrams folder."
    bad = ""
    good = ""
    needs = "project"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.graph is None or subject.facts is None:
            return
        for node in subject.graph.nodes.values():
            bound = node.role is not Role.SUBWORKFLOW or subject.facts.is_bound(node)
            if not bound and not subject.facts.has_diagram(node.label):
                yield self.found(subject, node.span, f"the project has no diagram {node.label!r}")
