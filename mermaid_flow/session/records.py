"""Where the runs of a project are recorded: in folders below the project, or in a database that many machines share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from mermaid_flow.engine import history
from mermaid_flow.engine.events import RunStatus
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.history import RunSummary
from mermaid_flow.engine.nested_runs import find_nested
from mermaid_flow.errors import MflowError
from mermaid_flow.session.project import Project

if TYPE_CHECKING:
    from mermaid_flow.engine.distributed.database import Database


@dataclass(frozen=True, slots=True)
class Records:
    """The runs of a project. `database` is None for those in folders."""

    runs: Path
    database: Database | None = None

    def find(self, name: str = history.LATEST) -> RunFolder:
        """The run that `name` means: an id, its beginning, its last four letters, or `latest`. Raises MflowError.

        Behind a dot stands a run nested in it, and so on: an id as well, or the name of its diagram.
        """
        outermost, *inner = name.split(".")
        return reduce(find_nested, inner, self._outermost(outermost))

    def _outermost(self, name: str) -> RunFolder:
        if self.database is None:
            return history.find_run(self.runs, name)
        from mermaid_flow.engine.distributed.runs import find_in  # noqa: PLC0415 - as below

        return find_in(self.database, self.runs, name)

    def list(
        self, *, diagram: str | None = None, statuses: Collection[RunStatus] = (), since: float | None = None
    ) -> list[RunSummary]:
        """The runs, newest first."""
        if self.database is None:
            return history.list_runs(self.runs, diagram=diagram, statuses=statuses, since=since)
        from mermaid_flow.engine.distributed.runs import list_in  # noqa: PLC0415 - as below

        return list_in(self.database, self.runs, diagram=diagram, statuses=statuses, since=since)

    def prune(self, *, keep: int | None = None, before: float | None = None) -> Collection[str]:
        """Remove records of old runs, and return their ids."""
        if self.database is None:
            return history.prune_runs(self.runs, keep=keep, before=before)
        from mermaid_flow.engine.distributed.runs import prune_in  # noqa: PLC0415 - as below

        return prune_in(self.database, self.runs, keep=keep, before=before)


def records_of(project: Project, database: str = "", engine: str = "") -> Records:
    """The records of a project: in `database` when it is given, else where mflow.yaml (or `engine`) says.

    Raises MflowError when there should be a database and none is named, or it cannot be reached.
    """
    chosen = engine or ("dbos" if database else project.engine)
    if chosen != "dbos":
        return Records(project.runs)
    url = database or project.database
    if not url:
        raise MflowError(
            "the engine dbos needs a database",
            code="database.missing",
            hint="name it with --database, MFLOW_DATABASE or `database:` in mflow.yaml",
        )
    from mermaid_flow.engine.distributed.database import Database  # noqa: PLC0415 - an extra that most do not need

    found = Database(url)
    found.prepare()
    return Records(project.runs, found)
