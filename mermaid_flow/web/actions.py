"""What a person can do to a run from the page: approve, reject, cancel, resume. The record says who it was.

A resume is a process of its own, `mflow resume` as one would type it, in a session of its own: it neither ends with the
page nor is interrupted with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from typing import IO

from mermaid_flow.engine.approvals import approve, current_person, read_approvers, reject
from mermaid_flow.engine.cancellation import CancelLevel, request_cancel
from mermaid_flow.engine.events import RunStatus
from mermaid_flow.engine.folder import RunFolder, RunMetadata
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.render.escaping import visible
from mermaid_flow.session.project import Project
from mermaid_flow.session.records import Records

RESUMABLE = frozenset({RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.WAITING, RunStatus.INTERRUPTED})
_LEVELS = {"finish": CancelLevel.FINISH, "interrupt": CancelLevel.INTERRUPT}
_TAIL = 4_000
"""Characters of what a resume said on standard error that are shown."""


@dataclass(frozen=True)
class Actions:
    """What can be done to the runs of a project."""

    project: Project
    records: Records
    resumes: dict[str, _Resume] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def approve(self, folder: RunFolder, record: RunRecord, node: str, choice: str, comment: str) -> str:
        """Let a waiting node go on; returns what was done, in words. Raises MflowError when it may not be."""
        with folder.journal() as journal:
            approve(
                journal,
                node,
                current_person(),
                choice=choice,
                comment=comment,
                labels=_labels(record),
                approvers=read_approvers(self.project.approvals or None),
            )
        return f"Approved {_label(record, node)}"

    def reject(self, folder: RunFolder, record: RunRecord, node: str, comment: str) -> str:
        """Refuse a waiting node. Returns and raises as `approve` does."""
        with folder.journal() as journal:
            reject(
                journal,
                node,
                current_person(),
                comment=comment,
                labels=_labels(record),
                approvers=read_approvers(self.project.approvals or None),
            )
        return f"Rejected {_label(record, node)}"

    def cancel(self, folder: RunFolder, level: str) -> str:
        """Ask the process that works on the run to stop: `finish` what runs, or `interrupt` it."""
        _check_outermost(folder.metadata)
        if level not in _LEVELS:
            raise MflowError("a run can be cancelled by `finish` or `interrupt`", code="web.level")
        with folder.journal() as journal:
            request_cancel(journal, _LEVELS[level], by=current_person().name)
        return "Asked the run to finish what it is at" if level == "finish" else "Interrupted the run"

    def resume(self, record: RunRecord) -> str:
        """Start `mflow resume` for a run that nobody works on."""
        _check_outermost(record.metadata)
        with self._lock:
            earlier = self.resumes.get(record.id)
            if record.status not in RESUMABLE or (earlier and earlier.process.poll() is None):
                raise MflowError("the run cannot be resumed now", code="web.resume", hint="it is running or is done")
            database = self.records.database
            said = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
            command = [sys.executable, "-m", "mermaid_flow", "resume", record.id]
            process = subprocess.Popen(
                command,
                cwd=self.project.folder,
                env={**os.environ, "MFLOW_DATABASE": database.url} if database else None,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
            self.resumes[record.id] = _Resume(process, said)
        return "The run is being resumed"

    def trouble(self, run: str) -> str:
        """What the last resume from here complained of, when it has ended with a complaint."""
        resume = self.resumes.get(run)
        return resume.complaint() if resume else ""


@dataclass(frozen=True, slots=True)
class _Resume:
    process: subprocess.Popen[bytes]
    said: IO[bytes]

    def complaint(self) -> str:
        if self.process.poll() in (None, 0):
            return ""
        self.said.seek(0)
        return visible(self.said.read().decode("utf-8", "replace").strip()[-_TAIL:])


def _check_outermost(metadata: RunMetadata) -> None:
    if metadata.parent is not None:
        raise MflowError("this run is a part of another one", code="web.nested", hint="steer the run around it")


def _labels(record: RunRecord) -> dict[str, str]:
    return {node.id: node.label for node in record.nodes.values()}


def _label(record: RunRecord, node: str) -> str:
    return record.nodes[node].label or node if node in record.nodes else node
