"""How long a run is likely to take, from what earlier runs of the same diagram and component took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from mermaid_flow.engine.events import EventType, RunStatus
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.history import list_runs
from mermaid_flow.errors import MflowError
from mermaid_flow.render.progress import changes_of

_MOST = 5


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """What one took, in seconds, and how many resources it planned to change."""

    seconds: float
    changes: int


def earlier_runs(run: RunFolder) -> tuple[EarlierRun, ...]:
    """The latest runs that succeeded with the same diagram, component and target as this one, newest first."""
    found: list[EarlierRun] = []
    metadata = run.metadata
    for summary in list_runs(run.path.parent, diagram=metadata.diagram, statuses={RunStatus.SUCCEEDED}):
        other = summary.folder.metadata
        same = (other.component, other.target) == (metadata.component, metadata.target)
        if summary.id == metadata.id or not same or summary.seconds is None:
            continue
        found.append(EarlierRun(summary.seconds, _planned(summary.folder)))
        if len(found) == _MOST:
            break
    return tuple(found)


def expected_seconds(earlier: Sequence[EarlierRun], changes: int | None) -> float | None:
    """How long the run will take, or None when nothing is known.

    Once it is known how many resources change, those runs count that changed about as many: creating everything takes
    much longer than finding that nothing has changed.
    """
    if not earlier:
        return None
    if changes is None:
        return median(run.seconds for run in earlier)
    distance = min(abs(run.changes - changes) for run in earlier)
    return median(run.seconds for run in earlier if abs(run.changes - changes) == distance)


def _planned(folder: RunFolder) -> int:
    try:
        with folder.journal(readonly=True) as journal:
            events = journal.read()
    except MflowError:
        return 0
    plans = [changes_of(event.data) for event in events if event.type is EventType.PLAN]
    return sum(plan.add + plan.change + plan.destroy for plan in plans)
