"""A reply answers no call."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject
from mermaid_flow.syntax.sequence import Fragment, Message, Statement


class ReplyWithoutCall(Rule):
    id = "MF351"
    name = "reply-without-call"
    severity = Severity.WARNING
    summary = "A dashed message answers a call that was never made."
    why = "A reply records the value of the open call. Draw the call before it, or a solid arrow if it is a call."
    bad = "sequenceDiagram\n    A->>B: Plan\n    C-->>A: Result"
    good = "sequenceDiagram\n    A->>C: Plan\n    C-->>A: Result"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.sequence is not None:
            for reply in _unasked(subject.sequence.body, set()):
                yield self.found(subject, reply.span, f"{reply.source} answers {reply.target}, which did not call it")


def _unasked(body: tuple[Statement, ...], calls: set[tuple[str, str]]) -> Iterator[Message]:
    """Replies to calls that no statement before them made, in this or an enclosing fragment."""
    for statement in body:
        if isinstance(statement, Fragment):
            made: set[tuple[str, str]] = set()
            for branch in statement.branches:
                inside = set(calls)
                yield from _unasked(branch.body, inside)
                made |= inside
            calls |= made
        elif isinstance(statement, Message) and statement.source != statement.target:
            if not is_reply(statement):
                calls.add((statement.source, statement.target))
            elif (statement.target, statement.source) not in calls:
                yield statement


def is_reply(message: Message) -> bool:
    """Whether the arrow alone makes it a reply: `-->>` and `--)`."""
    return message.arrow in ("DOTTED", "DOTTED_POINT")
