from __future__ import annotations

import errno
import multiprocessing
import os
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.journal import FileJournal, decode, encode
from mermaid_flow.errors import MflowError, RunFailed

NOTICE = EventType.NOTICE


def notice(text: str) -> Event:
    return Event(NOTICE, data={"message": text})


def texts(events: Sequence[Event]) -> list[object]:
    return [event.data["message"] for event in events]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_appended_events_are_numbered_dated_and_read_back(path: Path) -> None:
    with FileJournal(path, clock=lambda: 12.3456) as journal:
        stored = journal.append([notice("a"), Event(EventType.NODE_STARTED, "N", 2, {"attempt": 1})])
        more = journal.append([notice("c")])
    assert [event.seq for event in (*stored, *more)] == [1, 2, 3]
    assert stored[0].at == 12.346
    with FileJournal(path) as journal:
        assert journal.read() == [*stored, *more]
        assert journal.read() == []


def test_appending_nothing_writes_nothing(path: Path) -> None:
    with FileJournal(path) as journal:
        assert journal.append([]) == []
    assert path.stat().st_size == 0


def test_a_torn_last_line_is_dropped_on_read_and_cut_off_on_append(path: Path) -> None:
    with FileJournal(path) as journal:
        journal.append([notice("a"), notice("b")])
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"seq":3,"at":1,"type":"not')
    with FileJournal(path, readonly=True) as journal:
        assert texts(journal.read()) == ["a", "b"]
    assert path.read_bytes() != whole
    with FileJournal(path) as journal:
        assert texts(journal.append([notice("c")])) == ["a", "b", "c"]
    with FileJournal(path) as journal:
        assert [event.seq for event in journal.read()] == [1, 2, 3]


def test_a_last_line_that_is_no_event_counts_as_torn(path: Path) -> None:
    with FileJournal(path) as journal:
        journal.append([notice("a")])
    with path.open("ab") as file:
        file.write(b"\0\0\0\0\n")
    with FileJournal(path) as journal:
        assert texts(journal.append([notice("b")])) == ["a", "b"]
    assert b"\0" not in path.read_bytes()


@pytest.mark.parametrize("line", [b"nonsense", b"[]", b'{"seq":7,"at":1,"type":"notice"}', b'{"seq":"x"}', b""])
def test_a_damaged_line_in_the_middle_is_an_error(path: Path, line: bytes) -> None:
    with FileJournal(path) as journal:
        journal.append([notice("a")])
    with path.open("ab") as file:
        file.write(line + b"\n" + encode(Event(NOTICE, seq=3)))
    with FileJournal(path) as journal, pytest.raises(MflowError, match="damaged after event 1") as caught:
        journal.read()
    assert caught.value.code == "journal.damaged"


@given(st.integers(0, 400))
@settings(max_examples=40, deadline=None)
def test_a_journal_cut_anywhere_keeps_its_whole_events(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = tmp_path_factory.mktemp("cut") / "journal.jsonl"
    with FileJournal(path, clock=lambda: 1.0) as journal:
        journal.append([notice(str(number)) for number in range(6)])
    data = path.read_bytes()
    whole = data[:cut].count(b"\n")
    path.write_bytes(data[:cut])
    with FileJournal(path) as journal:
        assert texts(journal.append([notice("next")])) == [*map(str, range(min(whole, 6))), "next"]
    with FileJournal(path) as journal:
        assert len(journal.read()) == whole + 1


def test_two_journals_on_one_file_see_each_others_events_in_order(path: Path) -> None:
    with FileJournal(path) as one, FileJournal(path) as two:
        assert texts(one.append([notice("a")])) == ["a"]
        assert texts(two.append([notice("b")])) == ["a", "b"]
        assert texts(one.read()) == ["b"]
        two.append([notice("c")])
        assert texts(one.append([notice("d")])) == ["c", "d"]


def test_exclusive_can_be_nested(path: Path) -> None:
    with FileJournal(path) as journal, journal.exclusive(), journal.exclusive():
        assert texts(journal.append([notice("a")])) == ["a"]


def append_many(path: Path, name: str, count: int) -> None:
    with FileJournal(path) as journal:
        for number in range(count):
            journal.append([notice(f"{name}{number}")] * 2)


def test_processes_that_append_at_once_lose_nothing(path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=append_many, args=(path, name, 30)) for name in "abc"]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    with FileJournal(path) as journal:
        events = journal.read()
    assert [event.seq for event in events] == list(range(1, 181))
    for name in "abc":
        own = [text for text in texts(events) if str(text).startswith(name)]
        assert own == [f"{name}{number}" for number in range(30) for _ in range(2)]


def test_exclusive_keeps_other_processes_out(path: Path) -> None:
    context = multiprocessing.get_context("fork")
    with FileJournal(path) as journal:
        with journal.exclusive():
            process = context.Process(target=append_many, args=(path, "x", 1))
            process.start()
            process.join(0.2)
            assert process.is_alive()
            assert journal.read() == []
        process.join(30)
        assert texts(journal.read()) == ["x0", "x0"]


@pytest.mark.parametrize(
    ("number", "hint"), [(errno.ENOSPC, "make room"), (errno.EDQUOT, "make room"), (errno.EIO, "check the disk")]
)
def test_a_failed_write_says_what_to_do_and_leaves_no_trace(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int, hint: str
) -> None:
    def write(file: int, data: bytes) -> int:
        if len(data) > 30:
            return real(file, data[:30])
        raise OSError(number, os.strerror(number))

    real = os.write
    with FileJournal(path) as journal:
        journal.append([notice("a")])
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", write)
            with pytest.raises(RunFailed) as caught:
                journal.append([notice("b" * 100)])
        assert texts(journal.append([notice("c")])) == ["c"]
    assert caught.value.code == "journal.unwritable"
    assert hint in caught.value.hint
    assert f"mflow resume {path.parent.name}" in caught.value.hint
    with FileJournal(path) as journal:
        assert texts(journal.read()) == ["a", "c"]


def test_a_journal_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MflowError, match="cannot open"):
        FileJournal(tmp_path / "none" / "journal.jsonl")
    with pytest.raises(MflowError, match="cannot open"):
        FileJournal(tmp_path / "journal.jsonl", readonly=True)


def test_closing_twice_is_harmless(path: Path) -> None:
    journal = FileJournal(path)
    journal.close()
    journal.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(EventType),
    st.none() | st.text(st.characters()),
    st.integers(1, 99),
    st.dictionaries(st.text(), JSON, max_size=3),
)
def test_events_come_back_from_a_line_as_they_were(
    kind: EventType, node: str | None, visit: int, data: dict[str, object]
) -> None:
    event = Event(kind, node, visit if node is not None else 1, data, 5, 2.5)
    line = encode(event)
    assert line.count(b"\n") == 1
    assert decode(line) == event


def test_lone_surrogates_survive() -> None:
    event = notice("\udcff")
    assert decode(encode(event)) == event


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}, b"bytes", {("a",): 1}])
def test_data_that_is_not_json_is_refused(value: object) -> None:
    with pytest.raises(MflowError, match="not JSON") as caught:
        encode(Event(NOTICE, data={"message": value}))
    assert caught.value.code == "journal.not_json"


def test_data_that_contains_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(MflowError, match="not JSON"):
        encode(Event(NOTICE, data={"message": endless}))


def test_any_mapping_is_data() -> None:
    line = encode(Event(NOTICE, data={"message": MappingProxyType({"a": 1})}))
    assert decode(line) == Event(NOTICE, data={"message": {"a": 1}})
