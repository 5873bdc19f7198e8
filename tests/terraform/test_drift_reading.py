"""What a plan's JSON says about drift, case by case."""

from __future__ import annotations

from typing import Any

from mermaid_flow.terraform.drift import (
    ComponentDrift,
    Difference,
    DriftKind,
    DriftReport,
    EnvironmentDrift,
    drift_as_plain,
    drift_from_plain,
)
from mermaid_flow.terraform.drift_reading import read_drift
from mermaid_flow.terraform.plan import SENSITIVE

ADDRESS = "module.queue.aws_sqs_queue.this"


def entry(actions: str, before: Any, after: Any, address: str = ADDRESS, **more: Any) -> dict[str, Any]:
    change = {"actions": actions.split("+"), "before": before, "after": after, **more}
    return {"address": address, "mode": "managed", "type": address.split(".")[-2], "change": change}


def read(drift: list[Any] | None = None, changes: list[Any] | None = None, **more: Any) -> ComponentDrift:
    shown = {"resource_drift": drift or [], "resource_changes": changes or [], **more}
    return read_drift("dev/queue", shown, {"queue": "Create Queue"})


def test_a_changed_tag_is_changed_outside_and_undoing_it_is_not_unapplied() -> None:
    before, after = {"tags": {"a": "1"}, "tags_all": {"a": "1"}}, {"tags": {"a": "2"}, "tags_all": {"a": "2"}}
    found = read([entry("update", before, after)], [entry("update", after, before)])
    [resource] = found.resources
    assert (found.kind, resource.box) == (DriftKind.OUTSIDE, "Create Queue")
    assert resource.outside == (Difference("tags.a", "1", "2"),)
    assert resource.unapplied_action == ""


def test_an_update_without_drift_is_not_yet_applied() -> None:
    found = read(changes=[entry("update", {"size": 1, "id": "q"}, {"size": 2}, after_unknown={"id": True})])
    [resource] = found.resources
    assert (found.kind, resource.unapplied) == (DriftKind.UNAPPLIED, (Difference("size", 1, 2),))


def test_both_sides_are_told_apart_by_attribute() -> None:
    state, world, declared = {"tag": "a", "size": 1}, {"tag": "b", "size": 1}, {"tag": "a", "size": 2}
    found = read([entry("update", state, world)], [entry("update", world, declared)])
    [resource] = found.resources
    assert found.kind is resource.kind is DriftKind.BOTH
    assert resource.outside == (Difference("tag", "a", "b"),)
    assert resource.unapplied == (Difference("size", 1, 2),)


def test_a_deleted_resource_is_changed_outside_and_its_creation_is_its_repair() -> None:
    state = {"id": "q-1", "name": "q", "policy": "p", "wait": 3}
    again = entry("create", None, {"name": "q", "policy": None, "wait": 3}, after_unknown={"id": True})
    found = read([entry("delete", state, None)], [again])
    [resource] = found.resources
    assert (resource.kind, resource.outside_action) == (DriftKind.OUTSIDE, "delete")
    renamed = entry("create", None, {"name": "r", "wait": 3}, after_unknown={"id": True})
    [resource] = read([entry("delete", state, None)], [renamed]).resources
    assert (resource.kind, resource.unapplied) == (DriftKind.BOTH, (Difference("name", "q", "r"),))


def test_what_was_changed_and_is_not_wanted_any_more_is_both() -> None:
    found = read([entry("update", {"a": 1}, {"a": 2})], [entry("delete", {"a": 2}, None)])
    assert found.resources[0].unapplied_action == "delete"
    assert found.kind is DriftKind.BOTH


def test_new_and_unwanted_resources_are_not_yet_applied() -> None:
    found = read(changes=[entry("create", None, {"a": 1}), entry("delete", {"a": 1}, None, "module.x.aws_x.y")])
    assert [(each.unapplied_action, each.unapplied) for each in found.resources] == [("create", ()), ("delete", ())]


def test_what_has_to_be_made_again_only_because_of_something_else_is_a_consequence() -> None:
    gone = entry("delete", {"id": "vpc-1"}, None, "module.queue.aws_vpc.this")
    follows = entry("delete+create", {"vpc_id": "vpc-1"}, {}, after_unknown={"vpc_id": True})
    assert [each.type for each in read([gone], [follows]).resources] == ["aws_vpc"]
    assert [each.unapplied_action for each in read(changes=[follows]).resources] == ["replace"]


def test_sensitive_values_are_compared_and_never_shown() -> None:
    marks = {"before_sensitive": {"password": True}, "after_sensitive": {"password": True}}
    [resource] = read([entry("update", {"password": "old"}, {"password": "new"}, **marks)]).resources
    assert resource.outside == (Difference("password", SENSITIVE, SENSITIVE),)
    assert read([entry("update", {"password": "same"}, {"password": "same"}, **marks)]).kind is DriftKind.NONE
    inside = {"before_sensitive": {}, "after_sensitive": {"users": [{"password": True}]}}
    [resource] = read([entry("update", {"users": []}, {"users": [{"password": "x", "name": "n"}]}, **inside)]).resources
    assert resource.outside == (Difference("users", [], [{"password": SENSITIVE, "name": "n"}]),)
    whole = entry("update", {"keys": {"k": {"a": 1}}}, {"keys": None}, before_sensitive={"keys": {"k": True}})
    assert read([whole]).resources[0].outside == (Difference("keys", {"k": SENSITIVE}, None),)


def test_what_terraform_only_reads_is_no_drift() -> None:
    data = {**entry("read", None, {}, "data.aws_region.here"), "mode": "data"}
    assert read(changes=[data, entry("no-op", {"a": 1}, {"a": 1})]).kind is DriftKind.NONE
    assert read([entry("update", {"a": None, "b": ""}, {"a": [], "b": None})]).kind is DriftKind.NONE


def test_outputs_count_when_nothing_else_explains_them() -> None:
    outputs = {"mflow_calls": {"actions": ["update"]}, "url": {"actions": ["update"]}, "id": {"actions": ["no-op"]}}
    assert read(output_changes=outputs).outputs == ("url",)
    assert read(output_changes=outputs).kind is DriftKind.UNAPPLIED
    drifted = [entry("update", {"a": 1}, {"a": 2})]
    assert read(drifted, output_changes=outputs).outputs == ()


def test_drift_goes_through_plain_data_unchanged() -> None:
    found = read([entry("update", {"a": 1}, {"a": 2})], [entry("create", None, {}, "aws_x.y")])
    for drift in (found, ComponentDrift("x", missing=True), ComponentDrift("y", error="broken")):
        assert drift_from_plain(drift_as_plain(drift)) == drift


def test_what_could_not_be_checked_or_was_never_deployed_is_not_in_sync() -> None:
    failed, missing, fine = ComponentDrift("a", error="no"), ComponentDrift("b", missing=True), ComponentDrift("c")
    report = DriftReport((EnvironmentDrift("dev", (failed, missing, fine)),))
    assert (report.failed, report.drifted, report.components(DriftKind.NONE)) == ((failed,), (missing,), (fine,))
    assert missing.kind is DriftKind.UNAPPLIED
