"""What a visit of a node came to: the data of a run's record. `visit_reader` makes them from events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mermaid_flow.engine.events import NodeStatus


@dataclass(frozen=True, slots=True)
class Changes:
    """What Terraform plans or did: numbers of resources."""

    add: int = 0
    change: int = 0
    destroy: int = 0

    def __str__(self) -> str:
        return f"+{self.add} ~{self.change} -{self.destroy}"

    def __bool__(self) -> bool:
        return bool(self.add or self.change or self.destroy)


@dataclass(frozen=True, slots=True)
class ResourceRecord:
    """One resource that belongs to a node, as last heard of. `seconds` is how long the action took."""

    component: str
    address: str
    type: str
    action: str
    """create, read, update, replace, delete."""
    state: str
    """planned, started, complete, failed."""
    seconds: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """How a decision was answered: the value, the labels and edge indexes it picked, and where it came from."""

    node: str
    visit: int
    value: object
    labels: tuple[str, ...]
    edges: tuple[int, ...]
    source: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """Why a visit, or one attempt of it, failed. `kind` is error or timeout."""

    code: str
    message: str
    hint: str = ""
    kind: str = "error"


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """What somebody said to a waiting node."""

    approved: bool
    by: str
    choice: str = ""
    comment: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """One execution of a node. Times are seconds since the epoch; `seconds` is measured by a monotonic clock."""

    node: str
    number: int
    folder: Path
    status: NodeStatus = NodeStatus.PENDING
    started: float | None = None
    ended: float | None = None
    seconds: float | None = None
    attempts: int = 0
    values: Mapping[str, object] = field(default_factory=dict)
    skipped: str | None = None
    """Why the node did nothing, on purpose: a *Skip …* box."""
    reused: Mapping[str, object] | None = None
    """Whose result this is, when nothing had to run: `{"visit": 1}`, of another run with `"run"` as well."""
    error: ErrorRecord | None = None
    retries: tuple[ErrorRecord, ...] = ()
    """The errors of the attempts that were tried again."""
    decision: DecisionRecord | None = None
    resources: tuple[ResourceRecord, ...] = ()
    blocked_by: tuple[str, ...] = ()
    prompt: str = ""
    choices: tuple[str, ...] = ()
    approval: ApprovalRecord | None = None
    interrupted: bool = False
    """It was in flight when a process died."""
    reset: str | None = None
    """Why it was run again; None for a visit that counts."""
    notices: tuple[str, ...] = ()

    @property
    def log(self) -> Path:
        """The log file. It exists when the handler logged something."""
        return self.folder / "log.txt"

    @property
    def runs(self) -> tuple[Path, ...]:
        """The folders of the runs nested in this visit (sub-workflows), oldest first."""
        return tuple(sorted(found.parent for found in self.folder.glob("runs/*/run.json")))

    @property
    def changes(self) -> Changes:
        """What the visit's resources amount to; a replacement is one added and one destroyed."""
        actions = [resource.action for resource in self.resources]
        replaced = actions.count("replace")
        return Changes(actions.count("create") + replaced, actions.count("update"), actions.count("delete") + replaced)
