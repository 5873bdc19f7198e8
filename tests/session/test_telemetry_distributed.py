"""A run that workers carry out, traced by the process that asked for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.session.project import Project
from tests.cli.conftest import Mflow, mflow
from tests.collector import collecting
from tests.session.test_distributed import folder, project, server, url

__all__ = ["folder", "mflow", "project", "server", "url"]

pytestmark = pytest.mark.terraform

OUTER = """flowchart TD
    A[Do A] --> Plain[[plain]]
"""


def test_a_distributed_run_has_the_same_trace(
    project: Project, folder: Path, mflow: Mflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "diagrams" / "outer.mmd").write_text(OUTER)
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        done = mflow("run", "outer", "--vars", "vars.yaml", "--auto-approve")
        assert (done.code, "trace" in done.err) == (0, False), done.err
        resumed = mflow("resume", "--from", "A", "--auto-approve", "--vars", "vars.yaml")
        assert resumed.code == 0, resumed.err
    first, second = (span for span in collector.spans if span.name == "run outer")
    assert first.attributes["mflow.engine"] == "dbos"
    assert collector.children(first) == ["Do A", "plain"]
    assert second.links == [(first.trace, first.id)]
    inner = next(span for span in collector.spans if span.name == "run plain")
    assert collector.children(inner) == ["Do A", "Do B", "Approve it", "Do C"]
