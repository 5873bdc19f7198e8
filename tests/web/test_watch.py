import os
import shutil
from functools import partial

import pytest

from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.history import find_run
from mermaid_flow.errors import MflowError
from mermaid_flow.web import watch as watch_module
from mermaid_flow.web.watch import Version, Watch, Watches
from tests.web.kept import journal_of, keep, talk


def test_what_is_new_is_read_once(runs):
    folder = journal_of(runs, 4)
    watch = Watch(lambda: folder, str)
    assert watch.look() == Version(4, False)
    assert [told.event.seq for told in watch.told(2)] == [3, 4]
    assert watch.told(2)[0].lines == ("Talk a lot  event 3",)
    assert watch.look() == Version(4, False)


def test_the_same_state_is_drawn_once(runs):
    folder = journal_of(runs, 4)
    watch = Watch(lambda: folder, str)
    version, page = watch.page()
    assert watch.page()[1] is page
    with folder.lock():
        assert watch.page() != (version, page)
        assert watch.page()[1].record.status == "running"


def test_links_lead_where_the_page_wants_them(runs):
    watches = Watches(partial(find_run, runs), lambda run, node: f"{run}/{node}")
    folder = keep(talk(), runs)
    run, watch = watches.of("latest")
    assert run == folder.id
    assert watch.page()[1].links["2-1"] == f"{run}/2-1"


def test_a_run_that_was_not_asked_for_lately_is_read_anew(runs, monkeypatch):
    monkeypatch.setattr(watch_module, "_MOST", 2)
    watches = Watches(partial(find_run, runs), lambda _run, node: node)
    names = [journal_of(runs, 3).id for _ in range(3)]
    first, second, _third = [watches.of(name)[1] for name in names]
    assert watches.of(names[1])[1] is second
    assert watches.of(names[0])[1] is not first


def test_a_run_whose_record_can_be_read_again_is_shown_again(runs):
    folder = journal_of(runs, 3)
    journal = folder.path / "journal.jsonl"
    whole = journal.read_bytes()
    watches = Watches(partial(find_run, runs), lambda _run, node: node)
    first = watches.of(folder.id)[1]
    journal.write_text('{"no": "event"}\n' * 2)
    with pytest.raises(MflowError, match="is damaged"):
        first.look()
    journal.write_bytes(whole)
    assert watches.of(folder.id)[1].look() == Version(3, False)


def test_a_watch_that_nobody_needs_holds_no_file_open(runs):
    folder = journal_of(runs, 3)
    watch = Watch(lambda: folder, str)
    descriptor = watch._journal._file
    assert os.fstat(descriptor).st_size > 0
    del watch
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_a_run_that_was_removed_is_a_mistake_that_is_told(runs):
    folder = journal_of(runs, 3)
    watch = Watch(lambda: RunFolder.open(folder.path), str)
    shutil.rmtree(folder.path)
    with pytest.raises(MflowError, match="is not a run"):
        watch.page()
