"""Waiting nodes and the people who let them go on, from this process or another one.

Whoever approves appends an event to the journal; the executor, if one is running, sees it there. Nothing else
passes between the two, so the run can stop in the meantime and be resumed on another machine.
"""

from __future__ import annotations

import fnmatch
import getpass
import grp
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.journal import Journal
from mermaid_flow.engine.visit_reader import strings
from mermaid_flow.errors import MflowError, did_you_mean

GROUP = "group:"
AUTOMATIC = "auto-approve"
"""Who approved, when `--auto-approve` did."""

_SETTLED = frozenset(
    {
        EventType.NODE_APPROVED,
        EventType.NODE_REJECTED,
        EventType.NODE_SUCCEEDED,
        EventType.NODE_FAILED,
        EventType.NODE_CANCELLED,
        EventType.NODE_RESET,
    }
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who answers, and the groups they belong to."""

    name: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who may approve what: users and `group:<name>` by node id, label or pattern. No entry: everybody may."""

    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, node: str, label: str) -> tuple[str, ...] | None:
        """Who may approve the node; None when there is no rule for it. All rules that match add up."""
        matching = [
            people
            for pattern, people in self.rules.items()
            if pattern in (node, label) or fnmatch.fnmatchcase(node, pattern) or fnmatch.fnmatchcase(label, pattern)
        ]
        return tuple(person for people in matching for person in people) if matching else None

    def check(self, node: str, label: str, by: Person) -> None:
        """Raise MflowError when this person may not approve the node."""
        allowed = self.of(node, label)
        if allowed is None or by.name in allowed or any(GROUP + group in allowed for group in by.groups):
            return
        raise MflowError(
            f"{by.name} may not approve {label!r}",
            code="approval.forbidden",
            hint=f"ask {' or '.join(allowed)}" if allowed else "nobody may: see `approvals` in mflow.yaml",
        )


def read_approvers(section: object) -> Approvers:
    """Check the `approvals:` section of `mflow.yaml`: a mapping of nodes to lists of users and groups.

    Raises MflowError when it is something else.
    """
    if section is None:
        return Approvers()
    rules: dict[str, tuple[str, ...]] = {}
    for pattern, people in section.items() if isinstance(section, Mapping) else [("approvals", section)]:
        listed = [people] if isinstance(people, str) else people
        if (
            not isinstance(section, Mapping)
            or not isinstance(listed, list | tuple)
            or not all(isinstance(person, str) for person in listed)
        ):
            raise MflowError(
                f"{pattern}: {people!r} is no list of users",
                code="approval.policy",
                hint='write `approvals: {"Deploy to prod": [alice, group:platform]}`',
            )
        rules[str(pattern)] = tuple(listed)
    return Approvers(rules)


def waiting_visits(events: Sequence[Event]) -> Mapping[str, Event]:
    """The NODE_WAITING events that nobody has answered, by node id."""
    waiting: dict[str, Event] = {}
    for event in events:
        if event.type is EventType.DIAGRAM_CHANGED:
            for node in strings(event.data.get("opened")):
                waiting.pop(node, None)  # It asks again, as its next visit.
        if event.node is None:
            continue
        if event.type is EventType.NODE_WAITING:
            waiting[event.node] = event
        elif event.type in _SETTLED:
            waiting.pop(event.node, None)
    return waiting


def approve(
    journal: Journal,
    node: str,
    by: Person,
    *,
    choice: str = "",
    comment: str = "",
    labels: Mapping[str, str] | None = None,
    approvers: Approvers | None = None,
) -> Event:
    """Let a waiting node go on. `journal` is freshly opened; `node` is an id or, by `labels` (id to label), a label.

    Returns the recorded event. Raises MflowError when the node does not wait, the choice is not one of its choices or
    the person may not approve it.
    """
    labels = labels or {}
    with journal.exclusive():
        waiting = _find(waiting_visits(journal.read()), node, labels)
        _check(approvers, waiting, labels, by)
        data = {"by": by.name, "comment": comment}
        if picked := _checked_choice(waiting, choice):
            data["choice"] = picked
        return journal.append([Event(EventType.NODE_APPROVED, waiting.node, waiting.visit, data)])[-1]


def reject(
    journal: Journal,
    node: str,
    by: Person,
    *,
    comment: str = "",
    labels: Mapping[str, str] | None = None,
    approvers: Approvers | None = None,
) -> Event:
    """Refuse a waiting node: it fails. Arguments and errors are those of `approve`."""
    labels = labels or {}
    with journal.exclusive():
        waiting = _find(waiting_visits(journal.read()), node, labels)
        _check(approvers, waiting, labels, by)
        data = {"by": by.name, "comment": comment}
        return journal.append([Event(EventType.NODE_REJECTED, waiting.node, waiting.visit, data)])[-1]


def current_person() -> Person:
    """The user who runs this process, with the groups of the system. A container may know only their number."""
    groups: list[str] = []
    for number in os.getgroups():
        with suppress(KeyError):  # a group without a name, as in containers
            groups.append(grp.getgrgid(number).gr_name)
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return Person(name, tuple(groups))


def _check(approvers: Approvers | None, waiting: Event, labels: Mapping[str, str], by: Person) -> None:
    node = waiting.node or ""
    (approvers or Approvers()).check(node, labels.get(node, node), by)


def _find(waiting: Mapping[str, Event], name: str, labels: Mapping[str, str]) -> Event:
    if name in waiting:
        return waiting[name]
    named = [event for node, event in waiting.items() if labels.get(node) == name]
    if len(named) != 1:
        raise _not_waiting(name, waiting, labels)
    return named[0]


def _not_waiting(name: str, waiting: Mapping[str, Event], labels: Mapping[str, str]) -> MflowError:
    if not waiting:
        return MflowError(f"{name!r} does not wait for an approval", code="approval.not_waiting", hint="no node does")
    names = [*waiting, *(labels[node] for node in waiting if node in labels)]
    hint = did_you_mean(name, names) or f"waiting: {', '.join(waiting)}"
    return MflowError(f"{name!r} does not wait for an approval", code="approval.not_waiting", hint=hint)


def _checked_choice(waiting: Event, choice: str) -> str:
    """The choice as the diagram writes it; without choices it is free text, with only one it need not be given."""
    choices = strings(waiting.data.get("choices"))
    if not choices:
        return choice
    if not choice and len(choices) == 1:
        return choices[0]
    same = [item for item in choices if item == choice] or [
        item for item in choices if item.casefold() == choice.casefold()
    ]
    if len(same) != 1:
        problem = f"{choice!r} is no choice" if choice else "a choice is needed"
        hint = did_you_mean(choice, choices) or f"one of: {', '.join(choices)}"
        raise MflowError(f"{problem} of {waiting.node}", code="approval.choice", hint=hint)
    return same[0]
