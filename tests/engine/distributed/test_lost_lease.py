"""A worker that was deposed while it was cut off says so when it comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.engine.distributed.database import Database
from mermaid_flow.engine.distributed.lease import LeaseLost
from tests.engine.distributed.cluster import end_all_sessions, serving


def test_a_deposed_worker_says_so(url: str, tmp_path: Path) -> None:
    with serving(Database(url), tmp_path, lease=1.0) as cluster:
        with cluster.database.session() as connection:
            connection.execute("UPDATE mflow.workers SET deposed = true")
        end_all_sessions(cluster.database)
        assert cluster.service is not None
        with pytest.raises(LeaseLost):
            cluster.service.wait()
