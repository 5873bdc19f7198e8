"""A message is drawn with an arrow that does not execute."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject
from mermaid_flow.syntax.sequence import Fragment, Message, Statement


class MessageWithoutEffect(Rule):
    id = "MF353"
    name = "message-without-effect"
    severity = Severity.WARNING
    summary = "A message is drawn with a line or a cross, which calls nothing."
    why = "`->`, `-->`, `-x` and `--x` are no calls and no replies. Draw `->>`, or `-->>` for a reply."
    bad = "sequenceDiagram\n    A-xB: Plan"
    good = "sequenceDiagram\n    A->>B: Plan"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for message in messages(subject.sequence.body if subject.sequence else ()):
            if message.arrow.endswith(("_OPEN", "_CROSS")):
                yield self.found(subject, message.span, f"{message.text!r} is not sent: the arrow calls nothing")


def messages(body: tuple[Statement, ...]) -> Iterator[Message]:
    """All messages in the order of the text, those inside fragments too."""
    for statement in body:
        if isinstance(statement, Message):
            yield statement
        elif isinstance(statement, Fragment):
            for branch in statement.branches:
                yield from messages(branch.body)
