"""Nothing takes a message."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.rules.flow.mf351_reply_without_call import is_reply
from mermaid_flow.rules.flow.mf353_message_without_effect import messages
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject
from mermaid_flow.syntax.sequence import Message


class MessageWithoutHandler(Rule):
    id = "MF405"
    name = "message-without-handler"
    severity = Severity.ERROR
    summary = "No handler takes a message of a sequence diagram."
    why = "A run refuses to start. Write one with @message, or draw a reply as `-->>`."
    bad = ""
    good = ""
    needs = "project"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.sequence is None or subject.facts is None:
            return
        open_calls: set[tuple[str, str]] = set()
        for message in messages(subject.sequence.body):
            target = subject.sequence.participants[message.target]
            names = (target.id, target.description)
            bound = subject.facts.is_message_bound(names, message.text)
            if not bound and not is_reply(message) and not _answers(message, open_calls):
                yield self.found(
                    subject,
                    message.span,
                    f"nothing takes {message.text!r} at {target.description}",
                    hint=f"write one: @message({target.id!r}, {message.text!r})",
                )
            open_calls.add((message.source, message.target))


def _answers(message: Message, calls: set[tuple[str, str]]) -> bool:
    """A solid message back to the caller that says so is a reply, too."""
    first = message.text.split(" ", 1)[0].casefold()
    return first in ("return", "returns", "respond", "responds") and (message.target, message.source) in calls
