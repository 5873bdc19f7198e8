"""What the engine needs from outside. `mermaid_flow.session` implements it; tests implement it in a few lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from mermaid_flow.engine.events import Event
from mermaid_flow.graph.model import Node
from mermaid_flow.handlers.calls import Result
from mermaid_flow.handlers.context import Cancellation


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`attempts` counts the first one; delays are seconds and grow by `factor` up to `longest`, with full jitter.

    `patterns` are regular expressions on the error text; when given, only an error that matches is tried again.
    """

    attempts: int = 1
    delay: float = 1.0
    factor: float = 2.0
    longest: float = 60.0
    jitter: bool = True
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """How one node is run. `timeout` is seconds for one attempt."""

    retry: RetryPolicy = field(default_factory=RetryPolicy)
    timeout: float | None = None
    on_interrupted: Literal["rerun", "reconcile", "fail"] = "rerun"


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision's answer: the value, the labels and out-edge indexes it picks, which source of 1.4 gave it, where."""

    value: object
    edges: tuple[int, ...]
    labels: tuple[str, ...]
    source: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One execution of a node, as the worker gets it."""

    node: Node
    number: int
    attempt: int
    folder: Path
    """The visit's folder in the record: `nodes/<node>/<visit>/`; the log goes to `log.txt` in it."""
    values: Mapping[str, Mapping[str, object]]
    """What the ancestors returned."""
    cancellation: Cancellation
    emit: Callable[[Event], None]
    """Records a further event (RESOURCE, PLAN, NOTICE, …) while the node runs. Thread-safe."""
    interrupted: bool = False
    """True when an earlier attempt was in flight at a crash and the policy says reconcile."""
    items: Mapping[str, object] = field(default_factory=dict)
    """For a step of a sequence diagram: the loop items in scope, by name."""


class Worker(Protocol):
    """Does the work of nodes. Calls come from several threads at once."""

    def policy(self, node: Node) -> Policy:
        """Retry, timeout and interruption policy of the node."""

    def handles(self, node: Node) -> bool:
        """True when a handler is bound to the node. It beats the shape: a manual or timer node then is an action."""

    def inputs_digest(self, node: Node) -> str:
        """A digest of what the node's handler depends on outside the graph (vars, its source); "" when unknown."""

    def execute(self, visit: Visit) -> Result:
        """Run the node's handler. Raises MflowError (or anything: it becomes the node's failure)."""

    def decide(self, visit: Visit) -> Answer:
        """Answer a decision. Raises MflowError when nothing answers it."""

    def settle(self, nodes: frozenset[str], emit: Callable[[Event], None], cancellation: Cancellation) -> None:
        """Apply what is still only declared. Called at the end of a stage and of the flow, for the nodes ended since.

        Raises `NodesFailed` to fail nodes that had succeeded in declaring.
        """


class NodesFailed(Exception):
    """Work that was declared by nodes failed later: the error by node id."""

    def __init__(self, errors: Mapping[str, Exception]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


class ApprovalNeeded(Exception):
    """Raised by a worker to make the node wait for a person, who may have to pick one of `choices` (edge labels)."""

    def __init__(self, prompt: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(prompt)
        self.prompt = prompt
        self.choices = choices


class HandedHome(BaseException):
    """Raised on a worker that runs visits of many runs: this one has to run in the process that its run is at home in.

    No Exception, so that a handler that catches what goes wrong does not catch it.
    """
