"""An action ends a branch that others lead to an end."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.graph.analysis import exits
from mermaid_flow.graph.model import Role
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class DeadEnd(Rule):
    id = "MF304"
    name = "dead-end"
    severity = Severity.WARNING
    summary = "An action leads nowhere, although the diagram has an end."
    why = "Either its arrow was forgotten, and what should wait for it does not, or it wants an arrow to the end."
    bad = "flowchart TD\n    A([Start]) --> B[Create]\n    A --> C[Tell]\n    B --> D([End])"
    good = "flowchart TD\n    A([Start]) --> B[Create]\n    A --> C[Tell]\n    B --> D([End])\n    C --> D"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.graph is None:
            return
        ends = [subject.graph.nodes[node] for node in exits(subject.graph)]
        if any(node.role is Role.TERMINAL for node in ends):
            for node in ends:
                stage_ends_it = subject.graph.barriers and node.stages
                if node.role is Role.ACTION and subject.graph.incoming[node.id] and not stage_ends_it:
                    message = f"nothing follows {node.label!r}"
                    yield self.found(subject, node.span, message, hint="draw an arrow to the end")
