"""The runs nested in a visit of a node (sub-workflows), as everything that shows the node tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mermaid_flow.engine.events import NodeStatus, RunStatus
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.history import summarize
from mermaid_flow.engine.nested_runs import run_name
from mermaid_flow.engine.record import NodeRecord, RunRecord
from mermaid_flow.errors import MflowError


@dataclass(frozen=True, slots=True)
class Nested:
    """A nested run, as far as it has come. `name` is what commands call it."""

    name: str
    folder: RunFolder
    visit: int
    status: RunStatus
    seconds: float | None
    waits: bool
    """Whether one of its nodes, or of those of a run nested in it, waits for a person."""

    @property
    def diagram(self) -> str:
        return self.folder.metadata.diagram


def nested_of(node: NodeRecord) -> Iterator[Nested]:
    """The runs that a node's visits started, oldest first. Those that cannot be read are left out."""
    for visit in node.visits:
        for path in visit.runs:
            try:
                folder = RunFolder.open(path)
                summary = summarize(folder)
                waits = summary.status is RunStatus.RUNNING and _waits(RunRecord.open(folder))
            except MflowError:
                continue  # its process is just laying it down, or has died while it did
            name = run_name(folder.metadata, path)
            yield Nested(name, folder, visit.number, summary.status, summary.seconds, waits)


def waiting_in(record: RunRecord) -> Iterator[Nested]:
    """The runs nested in nodes that run now in which somebody is waited for."""
    for node in record.nodes.values():
        if node.status is NodeStatus.RUNNING:
            yield from (run for run in nested_of(node) if run.waits)


def _waits(record: RunRecord) -> bool:
    return bool(record.waiting) or any(True for _ in waiting_in(record))
