"""The executable model of a sequence diagram: a tree of steps. See docs/semantics.md, section 2.

Every step has an id that only the diagram decides, so that a record can be read without knowing what was bound:
messages are numbered as `autonumber` numbers them, fragments are named by their kind (`loop1`, `alt2`). What a step did
in a certain lap is kept under its id and the numbers of the laps around it: `8-2-3`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mermaid_flow.graph.model import Node, Role
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Span


@dataclass(frozen=True, slots=True)
class Call:
    """A message that is worked on: by a handler of its receiver, or (MANUAL) by a person who approves."""

    id: str
    source: str
    target: str
    text: str
    span: Span
    role: Role = Role.ACTION


@dataclass(frozen=True, slots=True)
class Reply:
    """A message that brings home the value of a call; `to` is the call's id, None when no call is open."""

    id: str
    source: str
    target: str
    text: str
    span: Span
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A participant's handler is set up (`creates`) or torn down."""

    id: str
    participant: str
    creates: bool
    span: Span

    @property
    def text(self) -> str:
        """What it is called in the record."""
        return f"{'create' if self.creates else 'destroy'} {self.participant}"


@dataclass(frozen=True, slots=True)
class Branch:
    """One section of a fragment. `text` is its condition, empty where there is none."""

    text: str
    body: tuple[Step, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Loop:
    """A body that is repeated: for `each` item of the collection `subject`, a number of `times`, `while` or `until`.

    `parallel` is how many laps over items run at once; a loop that a `break` can leave runs one after the other.
    """

    id: str
    text: str
    kind: Literal["each", "times", "while", "until"]
    subject: str
    body: tuple[Step, ...]
    span: Span
    max_laps: int = 10
    parallel: int = 1

    @property
    def independent(self) -> bool:
        """Whether laps could run side by side."""
        return self.kind == "each" and not any(isinstance(step, Break) for step in self.body)


@dataclass(frozen=True, slots=True)
class Choice:
    """`alt` or `opt`: the first branch whose condition is true. With `default`, the last branch needs no condition."""

    id: str
    branches: tuple[Branch, ...]
    span: Span
    default: bool

    @property
    def text(self) -> str:
        """The first condition."""
        return self.branches[0].text


@dataclass(frozen=True, slots=True)
class Parallel:
    """Branches that run side by side."""

    id: str
    branches: tuple[Branch, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Attempt:
    """`critical`: a body, and options that handle the failure that they name."""

    id: str
    text: str
    body: tuple[Step, ...]
    options: tuple[Branch, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Break:
    """If the condition is true: its body, and then the enclosing fragment is left."""

    id: str
    text: str
    body: tuple[Step, ...]
    span: Span


Step: TypeAlias = Call | Reply | Lifetime | Loop | Choice | Parallel | Attempt | Break
Asking: TypeAlias = Loop | Choice | Attempt | Break
"""Steps that have to be answered like a decision."""


@dataclass(frozen=True)
class SequenceTree:
    """The whole model."""

    name: str
    diagram: SequenceDiagram
    body: tuple[Step, ...]

    def steps(self) -> Iterator[Step]:
        """All steps, in source order, the outer before the inner."""
        return _all(self.body)

    def loops(self) -> dict[str, Loop]:
        """All loops by id."""
        return {step.id: step for step in self.steps() if isinstance(step, Loop)}


def bodies(step: Step) -> tuple[tuple[Step, ...], ...]:
    """The blocks of steps in a step."""
    match step:
        case Loop() | Break():
            return (step.body,)
        case Choice() | Parallel():
            return tuple(branch.body for branch in step.branches)
        case Attempt():
            return (step.body, *(option.body for option in step.options))
        case _:
            return ()


def instance(step: str, laps: Sequence[int]) -> str:
    """The id of what a step does in certain laps, the outermost first."""
    return "-".join([step, *map(str, laps)])


def step_of(node: str) -> str:
    """The id of the step that an instance belongs to."""
    return node.partition("-")[0]


def node_of(step: Step, laps: Sequence[int] = ()) -> Node:
    """The step in certain laps as workers get it."""
    role = step.role if isinstance(step, Call) else Role.DECISION if isinstance(step, Asking) else Role.ACTION
    text = "" if isinstance(step, Parallel) else step.text
    return Node(instance(step.id, laps), text, role, step.span, step.span[0])


def _all(block: tuple[Step, ...]) -> Iterator[Step]:
    for step in block:
        yield step
        for body in bodies(step):
            yield from _all(body)
