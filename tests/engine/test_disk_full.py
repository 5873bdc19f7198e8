from __future__ import annotations

import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mermaid_flow.engine.events import RunStatus
from mermaid_flow.errors import MflowError, RunFailed
from tests.engine.running import FakeWorker, Play

TEXT = " --> ".join(f"N{number}" for number in range(40))
ACTIONS = {f"N{number}": (lambda _: {"padding": "x" * 2000}) for number in range(40)}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting a small tmpfs needs rights that this user does not have: {mounted.stderr.decode()}")
    yield place
    subprocess.run(["umount", place], check=True)


def stops_and_goes_on(play: Play, make_room: object) -> None:
    worker = FakeWorker(ACTIONS)
    with pytest.raises(RunFailed) as caught:
        play.run(worker)
    assert caught.value.code == "journal.unwritable"
    assert "make room" in caught.value.hint
    assert f"mflow resume {play.folder.id}" in caught.value.hint
    done = [visit.node for visit in play.record().visits if visit.status == "succeeded"]
    assert 0 < len(done) < 40
    assert play.record().status is RunStatus.INTERRUPTED
    assert callable(make_room)
    make_room()
    again = FakeWorker(ACTIONS)
    record = play.run(again)
    assert record.status is RunStatus.SUCCEEDED
    assert len(record.values) == 40
    assert set(done).isdisjoint(again.ran)


def test_a_full_disk_is_a_clear_error_and_the_run_goes_on_afterwards(small_disk: Path) -> None:
    play = Play.of(small_disk, TEXT)
    stops_and_goes_on(play, lambda: subprocess.run(["mount", "-o", "remount,size=4m", small_disk], check=True))


def test_a_disk_too_full_for_a_new_run_is_a_clear_error(small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(b"x" * 40 * 1024)
    with pytest.raises(MflowError, match="cannot create a run") as caught:
        Play.of(small_disk, TEXT + "\n%% " + "x" * 20_000)
    assert "make room" in caught.value.hint


def test_a_quota_on_file_sizes_is_a_clear_error_and_the_run_goes_on_afterwards(tmp_path: Path) -> None:
    play = Play.of(tmp_path, TEXT)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, before[1]))
    try:
        stops_and_goes_on(play, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
