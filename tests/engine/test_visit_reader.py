from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.engine.events import Event, EventType, NodeStatus
from mermaid_flow.engine.visit_reader import read_error, read_number, read_visits, strings
from mermaid_flow.engine.visits import Changes, ErrorRecord, ResourceRecord, VisitRecord

NODES = Path("nodes")


def visit_of(*events: Event) -> VisitRecord:
    return read_visits(events, NODES)["A"][1]


def resource(action: str, address: str = "a.b", state: str = "complete") -> Event:
    return Event(EventType.RESOURCE, "A", data={"component": "c", "address": address, "action": action, "state": state})


def test_a_resource_is_known_as_it_was_last_heard_of() -> None:
    visit = visit_of(resource("create", state="started"), resource("create"), resource("delete", "a.c"))
    assert visit.resources == (
        ResourceRecord("c", "a.b", "", "create", "complete"),
        ResourceRecord("c", "a.c", "", "delete", "complete"),
    )


def test_changes_count_a_replacement_as_added_and_destroyed() -> None:
    visit = visit_of(
        *(resource(action, action) for action in ("create", "update", "replace", "delete", "read", "no-op"))
    )
    assert visit.changes == Changes(add=2, change=1, destroy=2)
    assert str(visit.changes) == "+2 ~1 -2"
    assert visit.changes
    assert not Changes()


def test_an_approval_ends_its_node() -> None:
    visit = visit_of(
        Event(EventType.NODE_WAITING, "A", data={"prompt": "Go?", "choices": ["left"]}, at=5.0),
        Event(EventType.NODE_APPROVED, "A", data={"by": "ann", "choice": "left"}, at=9.0),
    )
    assert (visit.status, visit.started, visit.ended, visit.seconds) == (NodeStatus.SUCCEEDED, 5.0, 9.0, 4.0)
    assert visit.approval is not None
    assert (visit.approval.by, visit.approval.choice, visit.approval.at) == ("ann", "left", 9.0)


@pytest.mark.parametrize(("comment", "message"), [("", "rejected by ann"), ("no", "rejected by ann: no")])
def test_a_rejection_is_its_nodes_error(comment: str, message: str) -> None:
    visit = visit_of(
        Event(EventType.NODE_WAITING, "A"),
        Event(EventType.NODE_REJECTED, "A", data={"by": "ann", "comment": comment}),
    )
    assert visit.error == ErrorRecord("rejected", message)
    assert visit.status is NodeStatus.FAILED


def test_a_node_that_failed_after_it_succeeded_keeps_its_duration() -> None:
    visit = visit_of(
        Event(EventType.NODE_STARTED, "A", data={"attempt": 1}),
        Event(EventType.NODE_SUCCEEDED, "A", data={"seconds": 2.0, "values": {"x": 1}}),
        Event(EventType.NODE_FAILED, "A", data={"error": {"code": "terraform", "message": "no"}}, at=99.0),
    )
    assert (visit.status, visit.seconds, visit.values) == (NodeStatus.FAILED, 2.0, {"x": 1})


def test_a_cancelled_node_need_not_have_an_error() -> None:
    assert visit_of(Event(EventType.NODE_CANCELLED, "A")).error is None


def test_data_of_the_wrong_form_is_read_as_nothing() -> None:
    visit = visit_of(
        Event(EventType.NODE_STARTED, "A"),
        Event(EventType.DECISION_ANSWERED, "A", data={"edges": 3, "labels": "x"}),
        Event(EventType.NODE_SUCCEEDED, "A", data={"values": 3, "reused": 3, "seconds": True}),
    )
    assert visit.decision is not None
    assert (visit.decision.edges, visit.decision.labels) == ((), ())
    assert (visit.values, visit.reused, visit.attempts) == ({}, None, 1)


def test_errors_numbers_and_lists_of_any_form_are_read() -> None:
    assert read_error({"error": "text"}) == ErrorRecord("error", "text")
    assert read_error({}).message == "None"
    assert [read_number(value) for value in (1, 2.5, True, "3", None)] == [1.0, 2.5, None, None, None]
    assert (strings(["a", 1]), strings("ab"), strings(None)) == (("a", "1"), (), ())


def test_a_changed_diagram_starts_open_nodes_anew() -> None:
    visits = read_visits(
        [
            Event(EventType.NODE_STARTED, "A"),
            Event(EventType.DIAGRAM_CHANGED, data={"opened": ["A", "B"]}),
            Event(EventType.NODE_STARTED, "A", 2),
        ],
        NODES,
    )
    assert [visit.reset for visit in visits["A"].values()] == ["the diagram was changed", None]


def test_each_visit_has_a_folder_with_its_log() -> None:
    visits = read_visits([Event(EventType.NODE_STARTED, "a/b", 2)], NODES)
    assert visits["a/b"][2].log == NODES / "a%2Fb" / "2" / "log.txt"
