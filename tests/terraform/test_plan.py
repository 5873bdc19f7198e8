from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mermaid_flow.terraform.plan import (
    SENSITIVE,
    UNKNOWN,
    AttributeChange,
    ComponentPlan,
    PlannedChange,
    PlannedOutputs,
    UnknownOutput,
    differences,
    plan_as_json,
    plan_from_json,
    read_plan,
)
from mermaid_flow.terraform.progress import Attribution

ATTRIBUTION = Attribution(Path("/c"), {"a": "A"})


def resource(address: str, actions: list[str], **change: object) -> dict[str, Any]:
    return {"address": address, "type": "aws_vpc", "change": {"actions": actions, **change}}


def change(address: str = "module.a.x", action: str = "create", **after: object) -> PlannedChange:
    return PlannedChange(address, "A", "x", action, None, after)


def plan(*changes: PlannedChange) -> ComponentPlan:
    return ComponentPlan("web", changes, (), {})


def test_a_plan_is_read_with_its_nodes_and_without_secrets_and_unknowns() -> None:
    shown = {
        "resource_changes": [
            resource("module.b.aws_vpc.z", ["no-op"]),
            resource(
                "module.b.aws_vpc.y",
                ["create"],
                after={"name": "x", "password": "p", "list": [{"k": 1}, 2]},
                after_sensitive={"password": True, "list": [{"k": True}]},
                after_unknown={"id": True, "list": [{}, False], "tags": {"a": True}},
            ),
            resource("module.a.aws_vpc.x", ["delete", "create"], before={"a": 1}, after={"a": 2}, after_unknown={}),
            resource("aws_vpc.w", ["no-op"], importing={"id": "1"}, before=None, after={"a": 2}),
            resource("aws_vpc.v", ["delete"], before={"a": 1}, after=None, after_unknown={}),
        ],
        "resource_drift": [
            resource("module.a.aws_vpc.x", ["update"], before={"a": 1, "t": None}, after={"a": 3, "t": {}}),
            resource("module.a.aws_vpc.n", ["update"], before={"t": None}, after={"t": {}}),
        ],
        "output_changes": {
            "id": {"actions": ["create"], "after": None, "after_unknown": True},
            "name": {"actions": ["no-op"], "after": "n", "after_sensitive": False, "after_unknown": False},
            "mflow_calls": {"actions": ["create"], "after": {}},
        },
    }
    read = read_plan("web", shown, ATTRIBUTION)
    assert [(change.address, change.node, change.action) for change in read.changes] == [
        ("aws_vpc.v", "", "delete"),
        ("aws_vpc.w", "", "import"),
        ("module.a.aws_vpc.x", "A", "replace"),
        ("module.b.aws_vpc.y", "", "create"),
    ]
    created = {"name": "x", "password": SENSITIVE, "list": [{"k": SENSITIVE}, 2], "id": UNKNOWN, "tags": {"a": UNKNOWN}}
    assert read.changes[3].after == created
    assert read.changes[2].attributes() == (AttributeChange("a", 1, 2),)
    assert [change.attributes() for change in read.drift] == [(AttributeChange("a", 1, 3),)]
    assert read.outputs == {"id": UNKNOWN, "name": "n"}
    assert [read.count(action) for action in ("create", "update", "delete")] == [2, 0, 2]
    assert plan_from_json(json.loads(json.dumps(plan_as_json(read)))) == read


def test_nested_attributes_differ_by_path() -> None:
    before: Mapping[str, object] = {"tags": {"a": "1", "b": "2"}, "list": [1]}
    changed = PlannedChange("x", "", "x", "update", before, {"tags": {"a": "1", "c": "3"}, "list": [1, 2]})
    assert changed.attributes() == (
        AttributeChange("list", [1], [1, 2]),
        AttributeChange("tags.b", "2", None),
        AttributeChange("tags.c", None, "3"),
    )


def test_equal_plans_have_no_differences() -> None:
    assert differences(plan(change(a=[1, {"b": 2}])).changes, plan(change(a=[1, {"b": 2}]))) == []


def test_what_was_unknown_when_reviewed_may_be_anything_now() -> None:
    reviewed = plan(change(id=UNKNOWN, rules=[{"vpc": UNKNOWN}])).changes
    assert differences(reviewed, plan(change(id="vpc-1", rules=[{"vpc": "vpc-1"}]))) == []
    assert differences(plan(change(id="vpc-1")).changes, plan(change(id=UNKNOWN))) != []


def test_every_difference_is_a_line() -> None:
    reviewed = plan(change("gone"), change("other", a=1), change("replaced"))
    fresh = plan(change("new"), change("other", a=2), change("replaced", "replace"))
    assert differences(reviewed.changes, fresh) == [
        "gone: create was planned, now nothing",
        "new: nothing was planned, now create",
        "other: create with other values than planned",
        "replaced: create was planned, now replace",
    ]


def test_in_the_middle_of_a_run_reviewed_changes_may_still_be_missing() -> None:
    assert differences(plan(change("later"), change("now")).changes, plan(change("now")), partial=True) == []
    assert differences((), plan(change("now")), partial=True) != []


def test_an_output_that_is_not_known_yet_says_so_when_it_is_read() -> None:
    shown = {
        "output_changes": {
            "known": {"actions": ["create"], "after": 1, "after_unknown": False},
            "unknown": {"actions": ["create"], "after_unknown": True},
            "partly": {"actions": ["update"], "after": {"a": {"x": 1}}, "after_unknown": {"a": {"y": [True]}, "b": {}}},
            "gone": {"actions": ["delete"], "after": None},
        }
    }
    outputs = PlannedOutputs.read(shown)
    assert outputs["known"] == 1
    assert list(outputs) == ["known", "unknown", "partly"]
    assert "unknown" in outputs
    with pytest.raises(UnknownOutput, match="'unknown' is known only after an apply"):
        outputs["unknown"]
    with pytest.raises(UnknownOutput):
        outputs["partly"]
    part = outputs.within("partly")
    assert (list(part), len(part)) == (["a", "b"], 2)
    assert part.within("a")["x"] == 1
    with pytest.raises(UnknownOutput):
        part.within("a")["y"]
    assert list(outputs.without("known")) == ["unknown", "partly"]
    with pytest.raises(KeyError):
        outputs["nothing"]
