from pathlib import Path

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.looks import Look
from mermaid_flow.render.timeline import Stretch, timeline
from tests.render.recorded import graph_of, metadata_of


def at(moment, kind, node=None, visit=1, **data):
    return Event(kind, node, visit, data, int(moment * 10), 1000.0 + moment)


def record(text, *events):
    graph = graph_of(text)
    return RunRecord.of(metadata_of(graph), graph.diagram.source, list(events), Path("none"), working=False)


def test_no_events_make_an_empty_timeline():
    found = timeline(record("A --> B"))
    assert (found.seconds, found.bars) == (0.0, ())


def test_bars_are_in_the_order_in_which_visits_began():
    found = timeline(
        record(
            "A\nB",
            at(0, EventType.RUN_STARTED),
            at(1, EventType.NODE_STARTED, "B", attempt=1),
            at(2, EventType.NODE_STARTED, "A", attempt=1),
            at(4, EventType.NODE_SUCCEEDED, "A", seconds=2.0),
            at(5, EventType.NODE_SUCCEEDED, "B", seconds=4.0),
            at(6, EventType.RUN_FINISHED, status="succeeded"),
        )
    )
    assert found.seconds == 6
    assert [(bar.node, bar.stretch) for bar in found.bars] == [("B", Stretch(1, 4)), ("A", Stretch(2, 2))]


def test_work_on_resources_is_shown_with_the_box_that_declared_them():
    found = timeline(
        record(
            "A --> B",
            at(0, EventType.RUN_STARTED),
            at(0, EventType.NODE_STARTED, "A", attempt=1),
            at(1, EventType.NODE_SUCCEEDED, "A", seconds=1.0, declared=True),
            at(1, EventType.NODE_STARTED, "B", attempt=1),
            at(1, EventType.RESOURCE, "A", address="data.x", action="read", state="started"),
            at(2, EventType.RESOURCE, "A", address="x", action="create", state="planned"),
            at(3, EventType.RESOURCE, "A", address="x", action="create", state="started"),
            at(7, EventType.RESOURCE, "A", address="x", action="create", state="complete"),
        )
    )
    first, second = found.bars
    assert first.work == Stretch(3, 4)
    assert second.work is None
    assert second.look is Look.RUNNING
    assert second.stretch == Stretch(1, 6), "it goes on until the last event"


def test_the_time_between_two_processes_is_left_out():
    found = timeline(
        record(
            "A --> B",
            at(0, EventType.RUN_STARTED),
            at(1, EventType.NODE_STARTED, "A", attempt=1),
            at(3, EventType.NODE_SUCCEEDED, "A", seconds=2.0),
            at(100_000, EventType.RUN_STARTED, resumed=True),
            at(100_001, EventType.NODE_STARTED, "B", attempt=1),
            at(100_004, EventType.NODE_SUCCEEDED, "B", seconds=3.0),
            at(100_004, EventType.RUN_FINISHED, status="succeeded"),
        )
    )
    assert found.seconds == 7
    assert [bar.stretch for bar in found.bars] == [Stretch(1, 2), Stretch(4, 3)]


def test_a_clock_that_is_set_back_makes_no_negative_times():
    found = timeline(
        record(
            "A",
            at(10, EventType.RUN_STARTED),
            at(11, EventType.NODE_STARTED, "A", attempt=1),
            at(2, EventType.NODE_SUCCEEDED, "A"),
            at(3, EventType.RUN_FINISHED, status="succeeded"),
        )
    )
    assert found.seconds >= 0
    assert all(bar.stretch.start >= 0 and bar.stretch.length >= 0 for bar in found.bars)
