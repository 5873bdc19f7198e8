"""Runs that are recorded in a database look the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("psycopg", reason="the extra `dbos` is not installed")

from mermaid_flow.engine.distributed.database import Database
from mermaid_flow.engine.distributed.runs import DatabaseRun
from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.session.project import find_project
from mermaid_flow.session.records import Records
from tests.engine.running import graph_of
from tests.postgres import private_server
from tests.web.serving import serving


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with private_server() as server:
        found = Database(server.create("page"))
        found.prepare()
        yield found


def test_a_run_in_a_database_is_listed_shown_followed_and_answered(project: Path, database: Database):
    graph = graph_of("A[Build] --> B{{Ship it?}} --> C[Ship]", "shop")
    records = Records(find_project(project).runs, database)
    run = DatabaseRun.create_in(
        database, records.runs, graph.diagram.source, diagram="shop", graph=graph, inputs={"size": 3}
    )
    with run.journal() as journal, serving(project, records=records) as client:
        journal.append([Event(EventType.RUN_STARTED), Event(EventType.NODE_STARTED, "A", data={"attempt": 1})])
        assert f'href="/runs/{run.id}"' in client.get("/").text
        page = client.get(f"/runs/{run.id}").text
        assert 'data-id="A"' in page
        assert "&#34;size&#34;: 3" in page
        journal.append(
            [Event(EventType.NODE_SUCCEEDED, "A"), Event(EventType.NODE_WAITING, "B", data={"prompt": "Ship it?"})]
        )
        assert [event["seq"] for event in client.events(run.id, until=4, after=1)] == [2, 3, 4]
        assert client.post(f"/runs/{run.id}/approve", node="B").json() == {"said": "Approved Ship it?"}
    approval = RunRecord.open(records.find(run.id)).nodes["B"].visits[0].approval
    assert approval is not None
    assert approval.approved
    assert RunRecord.open(records.find(run.id)).status is RunStatus.INTERRUPTED
