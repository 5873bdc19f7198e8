"""What a handler gets to see."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import Backend, Declaration
from mermaid_flow.inputs.variables import Variables


class Cancelled(MflowError):
    """The run was cancelled while this handler worked."""

    exit_code = 130


class Cancellation:
    """Tells a handler that it should stop, and how urgently. Thread-safe."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def request(self) -> None:
        """Ask handlers to stop."""
        self._event.set()

    @property
    def requested(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep up to `seconds`; True (at once) when a cancellation is requested."""
        return self._event.wait(seconds)

    def raise_if_requested(self) -> None:
        """Raise `Cancelled` when a cancellation is requested."""
        if self.requested:
            raise Cancelled("the run was cancelled", code="cancelled")


class Component(Protocol):
    """One component: a generated root module with a state of its own. Implemented by `mermaid_flow.terraform`."""

    @property
    def name(self) -> str:
        """The component's path, for instance `acme/dev/vpc`."""

    @property
    def folder(self) -> Path:
        """Where the root module is generated."""

    def declare(self, node: str, declarations: Sequence[Declaration]) -> None:
        """Replace what `node` declares. Raises MflowError for unknown modules, arguments or mistyped values."""

    def apply(self) -> None:
        """Write, initialise, apply what is declared. A no-op when nothing changed since the last apply of this run."""

    def outputs(self) -> Mapping[str, object]:
        """The component's outputs; applies first if something is declared and not applied yet."""

    def call_outputs(self, call: str) -> Mapping[str, object]:
        """All outputs of one module call; applies first like `outputs`."""

    def drift(self) -> Mapping[str, object]:
        """What differs between the state, what is really there and what is declared: docs/drift.md has the form.

        Nothing is changed. Sensitive values are masked.
        """

    def destroy(self) -> None:
        """Destroy everything in the component's state."""

    def keep_state_in(self, backend: Backend | None) -> None:
        """Keep the state there from the next use on, moving it; None brings it home. Remembered from run to run."""

    def terraform(self, *arguments: str) -> str:
        """What a Terraform command (`state pull`, `plan`, …) prints in the initialised folder of what is declared.

        Raises RunFailed when it fails.
        """


class Components(Protocol):
    """All components of the run's project and target."""

    def open(self, name: str, *, environment: Mapping[str, str] | None = None) -> Component:
        """The component of that short name (`vpc`) in the environment (tenant, account, …) of the vars."""

    def existing(self) -> Sequence[Component]:
        """Every component of the target that has been declared and not been destroyed, in all environments."""


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """The node that a handler works for."""

    id: str
    label: str
    visit: int = 1
    attempt: int = 1
    outgoing: tuple[str, ...] = ()
    """Labels of the out-edges: what a decision may answer."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The run that a handler works in. `target` is `local` or `aws`; `region` is the AWS region."""

    id: str
    diagram: str
    folder: Path
    project: Path
    target: str = "local"
    region: str = "us-east-1"
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Process environment that reaches the target (AWS credentials, endpoint), for boto3 and subprocesses."""


@dataclass(frozen=True)
class Context:
    """Everything an action or a decision needs. `values` holds what the node's ancestors returned, by node id."""

    run: RunInfo
    node: NodeInfo
    vars: Variables
    values: Mapping[str, Mapping[str, object]]
    log: logging.Logger
    cancellation: Cancellation
    folder: Path
    """A folder of this visit's own, for artefacts. It stays in the run's record."""
    component: Component
    """The component that this diagram describes."""
    components: Components
    run_diagram: Callable[..., Mapping[str, object]]
    """`run_diagram(name, vars={...})` runs another diagram of the project as a sub-workflow and returns its values."""
    inputs: Mapping[str, object] = field(default_factory=dict)
    """For messages of a sequence diagram: the loop items in scope, by variable name."""
