"""What the scheduler tells the engine to do next. Plain data, so that every backend can carry it out its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from mermaid_flow.engine.events import Event, RunStatus


@dataclass(frozen=True, slots=True)
class Start:
    """Run the node. Record NODE_STARTED before anything else, and one of the events that end a node afterwards."""

    node: str
    visit: int


@dataclass(frozen=True, slots=True)
class Decide:
    """Answer the decision. DECISION_ANSWERED with the picked edge indexes ends it, or NODE_FAILED."""

    node: str
    visit: int


@dataclass(frozen=True, slots=True)
class Record:
    """Write the event (NODE_SKIPPED, NODE_BLOCKED, LOOP_LAPPED, or NODE_FAILED for a loop out of laps) and apply it."""

    event: Event


@dataclass(frozen=True, slots=True)
class Settle:
    """Apply what `nodes` have declared: `stage` (a subgraph id) or the flow (None) has come to a point that needs it.

    Record NODE_FAILED for each node whose declared work failed, and then SETTLED with `{"stage": stage}`.
    """

    stage: str | None
    nodes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ask the running node to stop (the run fails fast). It ends with NODE_CANCELLED, or however it ends anyway."""

    node: str
    visit: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing is left to do. Record RUN_FINISHED with this status."""

    status: RunStatus


Command: TypeAlias = Start | Decide | Record | Settle | Cancel | Finish
