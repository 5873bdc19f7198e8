"""How a run is carried out: what the command line and `mflow.yaml` decide and the diagram does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a run. Times are seconds."""

    parallel: int = 4
    """How many nodes run at once."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """How many nodes of a subgraph run at once, by the subgraph's id."""
    fail_fast: bool = False
    """Cancel independent branches when a node fails."""
    wait: bool = True
    """Wait for approvals from elsewhere; otherwise the run ends as `waiting` when nothing else is left to do."""
    auto_approve: bool = False
    """Let every node that waits for a person go on, unless there is something to choose."""
    grace: float = 30.0
    """How long a handler that was told to stop has for it before the engine goes on without it."""
    poll: float = 0.2
    """How often to look for what other processes have written."""
