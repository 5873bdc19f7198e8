"""The course of a run: what the journal and the rules make of reported events together.

No threads and no time in here, so that it can be followed: events go in; what was stored and what is to be started
come out. Flowcharts and sequence diagrams each have their own rules.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mermaid_flow.engine.approvals import AUTOMATIC
from mermaid_flow.engine.cancellation import CancelLevel
from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.journal import Journal
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.scheduler import Cancel, Settle
from mermaid_flow.graph.model import Node


@dataclass(frozen=True, slots=True)
class Launch:
    """A node to run now. `reconcile`: an attempt was in flight when a process died, and its effects are unknown."""

    node: str
    visit: int
    attempt: int
    lineage: str
    reconcile: bool = False


@dataclass(slots=True)
class Steps:
    """What has been stored, by whomever, and what is to be done about it."""

    stored: list[Event] = field(default_factory=list)
    launches: list[Launch] = field(default_factory=list)
    timers: list[tuple[str, int]] = field(default_factory=list)
    settles: list[Settle] = field(default_factory=list)
    cancels: list[Cancel] = field(default_factory=list)


class Course(ABC):
    """Journals events together with all that follows from them. One owner."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.level = CancelLevel.NONE
        self.gave_up = False
        """True when work was interrupted that the rules still wait for: the run ends as cancelled without it."""
        self._began = time.monotonic()

    # What the rules say

    @property
    @abstractmethod
    def finished(self) -> bool:
        """Whether the run has ended."""

    @property
    @abstractmethod
    def status(self) -> RunStatus:
        """How it ended; until then RUNNING, or WAITING when approvals are all that is left to go on with."""

    @abstractmethod
    def fold(self, event: Event) -> None:
        """Take note of an event that is in the journal, or will be in a moment."""

    @abstractmethod
    def opening(self, past: Sequence[Event], start_from: str | None) -> list[Event]:
        """How a resumed run begins, after `past` was folded: what was in flight, what runs again.

        Raises MflowError when there is no node `start_from`.
        """

    @abstractmethod
    def take_over(self, past: Sequence[Event], remains: Callable[[str, int], bool]) -> tuple[list[Event], list[Launch]]:
        """How another process goes on in the middle, after `past` was folded, with nothing that ended run again.

        What `remains` elsewhere of nodes in flight, by node and visit, is waited for: the launches. The events say
        what else was in flight.
        """

    @abstractmethod
    def _follow(self, record: Callable[[Event], None], steps: Steps) -> None:
        """Do what the rules say, once."""

    # What is known of nodes

    @abstractmethod
    def knows(self, node: str) -> bool:
        """Whether there is a node of that id."""

    @abstractmethod
    def node(self, node: str) -> Node:
        """A node that is launched."""

    @abstractmethod
    def visit(self, node: str) -> int:
        """The number of the node's present visit."""

    @abstractmethod
    def has_succeeded(self, node: str) -> bool:
        """Whether the node's present visit has succeeded; False for what is no node."""

    @abstractmethod
    def seen_by(self, node: str) -> Mapping[str, Mapping[str, object]]:
        """What the node's worker sees of values that others returned."""

    def items(self, node: str) -> Mapping[str, object]:  # noqa: ARG002 - flowcharts have none
        """The loop items that a step of a sequence works on."""
        return {}

    def timer_start(self, node: str, visit: int) -> float | None:  # noqa: ARG002 - sequences have no timers
        """When the timer was started before this process took the run over, by the wall clock."""
        return None

    # Room for attempts

    @abstractmethod
    def again(self, launch: Launch) -> None:
        """Queue the next attempt after `launch`."""

    @abstractmethod
    def release(self, node: str) -> None:
        """The node's attempt has ended."""

    # What both have in common

    def advance(self, journal: Journal, reported: Iterable[Event]) -> Steps:
        """Journal what was reported and all that follows from it, durably, in one go."""
        steps = Steps()
        fresh: list[Event] = []

        def record(event: Event) -> None:
            self.fold(event)
            fresh.append(event)

        with journal.exclusive():
            for event in journal.read():
                self.fold(event)
                steps.stored.append(event)
            for event in reported:
                record(event)
            known = -1
            while known != len(fresh) and not self.finished:
                known = len(fresh)
                self._follow(record, steps)
            if fresh:
                steps.stored += journal.append(fresh)
        return steps

    def finish(self, status: RunStatus) -> Event:
        """The event that ends the run."""
        seconds = round(time.monotonic() - self._began, 6)
        return Event(EventType.RUN_FINISHED, data={"status": status.value, "seconds": seconds})

    def waiting(self, node: str, visit: int, prompt: str, choices: tuple[str, ...]) -> list[Event]:
        """The events for a node that waits for a person; with the answer, when it is to be approved without asking."""
        data = {"prompt": prompt, "choices": list(choices)}
        return [Event(EventType.NODE_WAITING, node, visit, data), *self.automatic_answer(node, visit, choices)]

    def automatic_answer(self, node: str, visit: int, choices: Sequence[str]) -> list[Event]:
        """What `--auto-approve` answers: nothing when there is something to choose."""
        if not self.options.auto_approve or len(choices) > 1:
            return []
        data = {"by": AUTOMATIC, **({"choice": choices[0]} if choices else {})}
        return [Event(EventType.NODE_APPROVED, node, visit, data)]


def attempts_in(past: Sequence[Event]) -> dict[str, int]:
    """The attempt that each node last began."""
    started = (event for event in past if event.type is EventType.NODE_STARTED and event.node is not None)
    return {str(event.node): int(str(event.data.get("attempt", 1))) for event in started}
