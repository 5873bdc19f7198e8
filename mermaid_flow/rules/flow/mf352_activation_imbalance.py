"""A participant stays active for ever."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject
from mermaid_flow.syntax.sequence import Activation, Fragment, Message, Statement
from mermaid_flow.syntax.source import Span


class ActivationImbalance(Rule):
    id = "MF352"
    name = "activation-imbalance"
    severity = Severity.WARNING
    summary = "A participant is activated more often than it is deactivated."
    why = "Its bar runs to the foot of the picture. Add a `deactivate`, or the `-` on the message that ends it."
    bad = "sequenceDiagram\n    A->>+B: Plan\n    B-->>A: Result"
    good = "sequenceDiagram\n    A->>+B: Plan\n    B-->>-A: Result"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.sequence is None:
            return
        active: dict[str, list[Span]] = {}
        for actor, begins, span in _changes(subject.sequence.body):
            spans = active.setdefault(actor, [])
            if begins:
                spans.append(span)
            elif spans:
                spans.pop()
        for actor, spans in active.items():
            for span in spans:
                yield self.found(subject, span, f"{actor} is activated here and never deactivated")


def _changes(body: tuple[Statement, ...]) -> Iterator[tuple[str, bool, Span]]:
    """Activations in the order of the text, as Mermaid counts them: branches are not told apart."""
    for statement in body:
        if isinstance(statement, Activation):
            yield statement.actor, statement.active, statement.span
        elif isinstance(statement, Message):
            if statement.activate:
                yield statement.target, True, statement.span
            if statement.deactivate:
                yield statement.source, False, statement.span
        elif isinstance(statement, Fragment):
            for branch in statement.branches:
                yield from _changes(branch.body)
