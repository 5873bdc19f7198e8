"""The runs of a project: list them, find one by a few letters of its id, remove old ones."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.journal import decode
from mermaid_flow.errors import MflowError, did_you_mean

LATEST = "latest"
_TAIL = 64 * 1024
_LIFECYCLE = frozenset({EventType.RUN_STARTED, EventType.RUN_FINISHED})


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of `mflow runs`. Times are seconds since the epoch."""

    folder: RunFolder
    status: RunStatus
    ended: float | None = None
    seconds: float | None = None

    @property
    def id(self) -> str:
        return self.folder.id


def summarize(folder: RunFolder) -> RunSummary:
    """Status and end of a run, from the end of its journal."""
    return summary_of(folder, _last_lifecycle_event(folder.path / "journal.jsonl"))


def summary_of(folder: RunFolder, last: Event | None) -> RunSummary:
    """The summary of a run whose last start or end is `last`."""
    if last is None or last.type is EventType.RUN_STARTED:
        return RunSummary(folder, RunStatus.RUNNING if folder.is_locked() else RunStatus.INTERRUPTED)
    seconds = last.data.get("seconds")
    return RunSummary(
        folder,
        RunStatus(str(last.data.get("status", RunStatus.FAILED))),
        last.at,
        float(seconds) if isinstance(seconds, int | float) else None,
    )


def list_runs(
    runs: Path,
    *,
    diagram: str | None = None,
    statuses: Collection[RunStatus] = (),
    since: float | None = None,
    until: float | None = None,
) -> list[RunSummary]:
    """The runs in the folder `runs`, newest first. Folders that are no readable run are left out."""
    summaries = (summarize(folder) for folder in _folders(runs) if is_wanted(folder, diagram, since, until))
    found = [summary for summary in summaries if not statuses or summary.status in statuses]
    return sorted(found, key=lambda summary: (summary.folder.metadata.created, summary.id), reverse=True)


def is_wanted(folder: RunFolder, diagram: str | None, since: float | None, until: float | None) -> bool:
    """Whether a run is one of this diagram (by its name or path) and was created between these times."""
    created = folder.metadata.created
    if diagram is not None and diagram not in (folder.metadata.diagram, folder.metadata.path):
        return False
    return (since is None or created >= since) and (until is None or created <= until)


def to_prune(runs: Sequence[RunSummary], keep: int | None, before: float | None) -> list[RunSummary]:
    """Of the runs, newest first: those beyond the newest `keep` that were created before `before` and are at an end."""
    if keep is None and before is None:
        return []
    return [
        summary
        for summary in runs[keep or 0 :]
        if (before is None or summary.folder.metadata.created < before)
        and summary.status not in {RunStatus.RUNNING, RunStatus.WAITING}
    ]


def find_run(runs: Path, name: str = LATEST) -> RunFolder:
    """The run that `name` means: an id, its beginning, its last four letters, or `latest`.

    Raises MflowError when there is none, or more than one.
    """
    if name == LATEST:
        newest = max(_folders(runs), key=lambda folder: (folder.metadata.created, folder.id), default=None)
        if newest is None:
            raise no_run()
        return newest
    names = sorted(path.name for path in runs.iterdir() if _is_run(path)) if runs.is_dir() else []
    return RunFolder.open(runs / matching_name(name, names))


def matching_name(name: str, names: Sequence[str]) -> str:
    """The one of the runs' `names` that `name` means. Raises MflowError when there is none, or more than one."""
    matching = [found for found in names if found == name] or [
        found for found in names if found.startswith(name) or found.rpartition("-")[2] == name
    ]
    if len(matching) == 1 and name:
        return matching[0]
    if matching and name:
        raise MflowError(f"run {name!r} is not unique", code="run.ambiguous", hint=f"one of: {', '.join(matching[:8])}")
    raise MflowError(f"no run {name!r}", code="run.unknown", hint=did_you_mean(name, names) or "see `mflow runs`")


def no_run() -> MflowError:
    """The error for `latest` where there is nothing yet."""
    return MflowError("there is no run yet", code="run.none", hint="start one with `mflow run DIAGRAM`")


def prune_runs(runs: Path, *, keep: int | None = None, before: float | None = None) -> list[str]:
    """Remove runs that are beyond the newest `keep` and were created before `before`; either can be left out.

    Runs that a process works on and runs that wait for an approval stay. Returns the ids of those removed.
    """
    removed: list[str] = []
    for summary in to_prune(list_runs(runs), keep, before):
        with summary.folder.lock():
            # A folder without run.json is no run, so that one half removed is not listed.
            (summary.folder.path / "run.json").unlink()
            shutil.rmtree(summary.folder.path)
        removed.append(summary.id)
    return removed


def _is_run(path: Path) -> bool:
    return (path / "run.json").is_file()


def _folders(runs: Path) -> Iterator[RunFolder]:
    for path in runs.iterdir() if runs.is_dir() else ():
        try:
            if _is_run(path):
                yield RunFolder.open(path)
        except MflowError:
            continue


def _last_lifecycle_event(journal: Path) -> Event | None:
    """The last RUN_STARTED or RUN_FINISHED, looked for from the end: a journal can be long."""
    try:
        with journal.open("rb") as file:
            size = file.seek(0, 2)
            tail = b""
            while size:
                step = min(size, _TAIL)
                size -= step
                file.seek(size)
                tail = file.read(step) + tail
                for line in reversed(tail.split(b"\n")[1 if size else 0 :]):
                    event = decode(line)
                    if event is not None and event.type in _LIFECYCLE:
                        return event
    except OSError:
        return None
    return None
