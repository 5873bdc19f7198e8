from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.engine.torture import GRAPH, torture


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="process handles are a Linux thing")
def test_killed_runs_come_to_the_right_end_and_nothing_runs_twice(tmp_path: Path) -> None:
    assert len(GRAPH.nodes) >= 50
    report = torture(tmp_path, kills=12, seed=int.from_bytes(os.urandom(4)))
    assert report.problems == []
    assert report.kills == 12
