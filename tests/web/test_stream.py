import asyncio
import http.client
from concurrent.futures import ThreadPoolExecutor

import pytest

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.web import stream as stream_module
from mermaid_flow.web.stream import last_event, stream
from mermaid_flow.web.watch import Watch
from tests.web.kept import journal_of


def pieces(folder: RunFolder, count: int, after: int = 0, closing=lambda: False) -> list[str]:
    """The first pieces of the stream."""

    async def collect() -> list[str]:
        found: list[str] = []
        async for piece in stream(Watch(lambda: folder, str), after, closing):
            found.append(piece)
            if len(found) == count:
                break
        return found

    return asyncio.run(collect())


def test_it_begins_with_what_is_missing_and_goes_on_with_what_comes(client, runs, run):
    run.start()
    run.gates.open("Check")
    first = client.events(run.id, until=5)
    assert [event["seq"] for event in first] == [1, 2, 3, 4, 5]
    assert first[0]["type"] == "run_started"
    run.gates.open("Network", "Api", "Web")
    rest = client.events(run.id, after=5, until_type="node_waiting")
    assert rest[0]["seq"] == 6
    assert rest[-1]["node"] == "Sure"
    assert "waiting" in str(rest[-1]["lines"])


def test_a_browser_that_lost_it_goes_on_behind_the_last_event_that_it_has(client, runs):
    folder = journal_of(runs, 50)
    assert [event["seq"] for event in client.events(folder.id, until=50, after=3, last=47)] == [48, 49, 50]


def test_twenty_pages_at_once_all_get_all_of_a_thousand_events(client, runs):
    folder = journal_of(runs, 900)
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(client.events, folder.id, until=1000) for _ in range(20)]
        with folder.journal() as journal:
            for number in range(10):
                journal.append([Event(EventType.NOTICE, "A", data={"message": f"{number}.{i}"}) for i in range(10)])
        for page in waiting:
            assert [event["seq"] for event in page.result()] == list(range(1, 1001))


def test_it_says_when_a_process_begins_or_ends_to_work_on_the_run(runs):
    folder = journal_of(runs, 2)
    with folder.lock():
        found = pieces(folder, 3)
    assert found[0] == "retry: 1000\n\n"
    assert found[1].startswith("id: 1\ndata: {")
    assert found[2] == 'event: state\ndata: {"working": true}\n\n'


def test_it_says_that_it_is_still_there(runs, monkeypatch):
    monkeypatch.setattr(stream_module, "HEARTBEAT", 0.0)
    monkeypatch.setattr(stream_module, "POLL", 0.001)
    assert pieces(journal_of(runs, 2), 5, after=2)[2:] == [": still here\n\n"] * 3


def test_it_ends_with_the_server(runs):
    assert pieces(journal_of(runs, 2), 9, closing=lambda: True) == ["retry: 1000\n\n"]


def test_it_says_that_the_record_is_damaged_and_ends(runs):
    folder = journal_of(runs, 2)
    with (folder.path / "journal.jsonl").open("a") as file:
        file.write('{"no": "event"}\n{"no": "event"}\n')
    found = pieces(folder, 9)
    assert len(found) == 2
    assert found[1].startswith("event: trouble\ndata: ")
    assert "is damaged" in found[1]


def test_an_unknown_run_has_no_stream(client):
    assert client.get("/runs/nothing/events").status == 404


def test_a_stream_that_is_left_is_forgotten(client, runs):
    folder = journal_of(runs, 3)
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=10)
    connection.request("GET", f"/runs/{folder.id}/events", headers=client.allowed)
    assert connection.getresponse().headers["Content-Type"] == "text/event-stream; charset=utf-8"
    connection.close()
    assert len(client.events(folder.id, until=3)) == 3


@pytest.mark.parametrize(
    ("header", "query", "number"),
    [
        (None, None, 0),
        ("7", "3", 7),
        (None, "3", 3),
        ("x", "3", 3),
        ("-1", None, 0),
        ("٣", None, 0),
        ("9" * 99, None, 10**12 - 1),
    ],
)
def test_the_last_event_is_read_from_the_header_or_the_address(header, query, number):
    assert last_event(header, query) == number
