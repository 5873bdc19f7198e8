"""The events of a run: the only thing the engine writes and the only thing everyone else reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias


class EventType(StrEnum):
    """What can happen. The comment names the keys of `Event.data`."""

    RUN_STARTED = "run_started"  # diagram, target, mflow, parallel, fail_fast; again on resume with resumed: true
    RUN_FINISHED = "run_finished"  # status: RunStatus, seconds (of this process's part, monotonic)
    NODE_STARTED = "node_started"  # attempt
    NODE_SUCCEEDED = "node_succeeded"  # values, skipped (a reason, for Skip… nodes), seconds,
    #                                    inputs and lineage (digests: of what the handler reads, of ancestors' values),
    #                                    declared: true when module calls were declared and are not applied yet,
    #                                    reused: {run, visit} when an earlier visit's values still hold and nothing ran
    NODE_FAILED = "node_failed"  # error: {code, message, hint}, kind: error|timeout|laps, seconds
    NODE_SKIPPED = "node_skipped"  # not chosen
    NODE_BLOCKED = "node_blocked"  # because: node ids
    NODE_WAITING = "node_waiting"  # prompt, choices
    NODE_APPROVED = "node_approved"  # by, choice, comment
    NODE_REJECTED = "node_rejected"  # by, comment
    NODE_RETRIED = "node_retried"  # attempt, delay, error
    NODE_CANCELLED = "node_cancelled"  # error, seconds
    NODE_INTERRUPTED = "node_interrupted"  # found in flight on resume; policy: rerun|reconcile|fail
    NODE_RESET = "node_reset"  # reason, reuse: true when unchanged inputs let the old values stand; on resume
    DECISION_ANSWERED = "decision_answered"  # value, labels, edges (indexes), source, where
    LOOP_LAPPED = "loop_lapped"  # header, lap (the one that begins); node is the back-edge's source
    SETTLED = "settled"  # stage (null for the flow): what its nodes declared is applied, as far as it did not fail
    RESOURCE = "resource"  # component, address, resource_type, action, state: planned|started|complete|failed,
    #                        seconds, message
    PLAN = "plan"  # component, add, change, destroy; per component
    APPLIED = "applied"  # component, add, change, destroy, seconds; per component
    OUTPUTS = "outputs"  # component, values (sensitive ones masked)
    CANCEL_REQUESTED = "cancel_requested"  # level: finish|interrupt|kill
    DIAGRAM_CHANGED = "diagram_changed"  # before, after (digests of the text), opened: nodes that begin anew,
    #                                      visits: {node: next visit}, of a flowchart edges: [[old index, new index], …]
    NOTICE = "notice"  # message, level: info|warning; run: the id of a sub-workflow's run that begins;
    #                    inner: the name of the sub-workflow's run that waits for a person or has its answer


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the journal.

    `seq` counts from 1 within a run; `at` is seconds since the epoch (UTC). `node` and `visit` are set on events of
    a node; visits count from 1 (laps of a loop give a node further visits). `data` is plain JSON.
    """

    type: EventType
    node: str | None = None
    visit: int = 1
    data: Mapping[str, object] = field(default_factory=dict)
    seq: int = 0
    at: float = 0.0


class NodeStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"


class EdgeStatus(StrEnum):
    PENDING = "pending"
    TAKEN = "taken"
    SKIPPED = "skipped"
    FAILED = "failed"


class RunStatus(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """Not finished and nobody is working on it: the process died."""


Observer: TypeAlias = Callable[[Event], None]
"""What wants to hear of events: the terminal, the page, a trace exporter."""
