from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.history import find_run, list_runs, prune_runs, summarize
from mermaid_flow.errors import MflowError
from mermaid_flow.syntax.source import Source
from tests.engine.running import FakeWorker, Gate, Play, fails, in_background

DAY = 86_400.0
NOW = 1_800_000_000.0


def make(runs: Path, status: str | None = "succeeded", *, created: float = NOW, diagram: str = "vpc") -> RunFolder:
    clock: Callable[[], float] = lambda: created  # noqa: E731
    folder = RunFolder.create(runs, Source("flowchart TD\nA", f"diagrams/{diagram}.mmd"), diagram=diagram, clock=clock)
    with folder.journal() as journal:
        journal.append([Event(EventType.RUN_STARTED), Event(EventType.NODE_STARTED, "A")])
        if status:
            journal.append([Event(EventType.RUN_FINISHED, data={"status": status, "seconds": 2.5})])
    return folder


def ids(runs: Path, **filters: object) -> list[str]:
    return [summary.id for summary in list_runs(runs, **filters)]  # type: ignore[arg-type]  # tests pass what fits


def test_there_need_be_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == []
    with pytest.raises(MflowError, match="no run yet"):
        find_run(tmp_path / "none")
    with pytest.raises(MflowError, match="no run 'x'"):
        find_run(tmp_path / "none", "x")


def test_runs_are_listed_newest_first_with_how_they_ended(tmp_path: Path) -> None:
    old, new = make(tmp_path, "failed", created=NOW - DAY), make(tmp_path)
    (tmp_path / "not-a-run").mkdir()
    (tmp_path / "a-file").write_text("x")
    broken = make(tmp_path)
    (broken.path / "run.json").write_text("{")
    found = list_runs(tmp_path)
    assert [summary.id for summary in found] == [new.id, old.id]
    assert (found[0].status, found[0].seconds, found[0].ended) == (RunStatus.SUCCEEDED, 2.5, NOW)
    assert found[1].status is RunStatus.FAILED


def test_runs_are_filtered_by_diagram_status_and_time(tmp_path: Path) -> None:
    first = make(tmp_path, created=NOW - 2 * DAY)
    second = make(tmp_path, "failed", created=NOW - DAY, diagram="rds")
    third = make(tmp_path, None, created=NOW)
    assert ids(tmp_path, diagram="rds") == [second.id]
    assert ids(tmp_path, diagram="diagrams/vpc.mmd") == [third.id, first.id]
    assert ids(tmp_path, statuses=[RunStatus.FAILED, RunStatus.INTERRUPTED]) == [third.id, second.id]
    assert ids(tmp_path, since=NOW - DAY) == [third.id, second.id]
    assert ids(tmp_path, until=NOW - DAY) == [second.id, first.id]


def test_a_run_without_an_end_is_running_or_interrupted(tmp_path: Path) -> None:
    play, gate = Play.of(tmp_path, "A"), Gate()
    assert summarize(play.folder).status is RunStatus.INTERRUPTED
    thread = in_background(lambda: play.run(FakeWorker({"A": gate})))
    assert gate.entered.wait(30)
    assert summarize(play.folder).status is RunStatus.RUNNING
    gate.opened.set()
    thread.join(30)
    assert summarize(play.folder).status is RunStatus.SUCCEEDED


def test_a_resumed_run_is_summarized_by_its_last_part(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "A")
    play.run(FakeWorker({"A": fails()}))
    assert summarize(play.folder).status is RunStatus.FAILED
    play.run(FakeWorker())
    assert summarize(play.folder).status is RunStatus.SUCCEEDED


def test_the_end_is_found_in_front_of_much_that_came_later(tmp_path: Path) -> None:
    folder = make(tmp_path, "waiting")
    with folder.journal() as journal:
        journal.append([Event(EventType.NOTICE, data={"message": "x" * 500})] * 400)
    assert summarize(folder).status is RunStatus.WAITING


def test_a_run_without_seconds_or_journal_is_summarized(tmp_path: Path) -> None:
    folder = make(tmp_path, None)
    with folder.journal() as journal:
        journal.append([Event(EventType.RUN_FINISHED, data={"status": "failed"})])
    assert summarize(folder).seconds is None
    (folder.path / "journal.jsonl").unlink()
    assert summarize(folder).status is RunStatus.INTERRUPTED


def test_a_run_is_found_by_what_people_type(tmp_path: Path) -> None:
    old, new = make(tmp_path, created=NOW - DAY), make(tmp_path)
    assert find_run(tmp_path).id == new.id
    assert find_run(tmp_path, "latest").id == new.id
    assert find_run(tmp_path, old.id).id == old.id
    assert find_run(tmp_path, old.id[:8]).id == old.id
    assert find_run(tmp_path, old.id[-4:]).id == old.id


def test_an_unknown_or_ambiguous_run_is_refused_with_help(tmp_path: Path) -> None:
    folders = [make(tmp_path, created=NOW + number) for number in range(2)]
    with pytest.raises(MflowError, match="not unique") as caught:
        find_run(tmp_path, "2027")
    assert all(folder.id in caught.value.hint for folder in folders)
    with pytest.raises(MflowError, match="no run") as caught:
        find_run(tmp_path, folders[0].id + "x")
    assert folders[0].id in caught.value.hint
    with pytest.raises(MflowError, match="no run ''"):
        find_run(tmp_path, "")
    with pytest.raises(MflowError, match="no run 'zzz'"):
        find_run(tmp_path, "zzz")
    with pytest.raises(MflowError, match="no run"):
        find_run(tmp_path, "..")


def test_old_runs_are_pruned_by_number_and_age(tmp_path: Path) -> None:
    folders = [make(tmp_path, created=NOW - number * DAY) for number in range(5)]
    assert prune_runs(tmp_path) == []
    assert prune_runs(tmp_path, keep=3) == [folders[3].id, folders[4].id]
    assert prune_runs(tmp_path, keep=1, before=NOW - 1.5 * DAY) == [folders[2].id]
    assert prune_runs(tmp_path, before=NOW) == [folders[1].id]
    assert ids(tmp_path) == [folders[0].id]
    assert not folders[4].path.exists()


def test_runs_that_wait_or_are_worked_on_are_not_pruned(tmp_path: Path) -> None:
    waiting, dead, running = make(tmp_path, "waiting"), make(tmp_path, None), make(tmp_path, None)
    with running.lock():
        assert prune_runs(tmp_path, keep=0) == [dead.id]
    assert sorted(ids(tmp_path)) == sorted([waiting.id, running.id])
