"""Workers killed and frozen, and Postgres restarted, in the middle of runs. In full: see `torture`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.postgres import find_binaries


@pytest.mark.slow
@pytest.mark.skipif(find_binaries() is None, reason="no Postgres on this machine (apt-get install postgresql)")
def test_runs_survive_dead_and_frozen_workers_and_a_restart_of_postgres() -> None:
    pytest.importorskip("dbos")
    command = [sys.executable, "-m", "tests.engine.distributed.torture"]
    done = subprocess.run(
        [*command, "--kills", "4", "--freezes", "1", "--restarts", "1", "--seed", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 problems" in done.stdout
