from __future__ import annotations

import json
from pathlib import Path

import pytest

from mermaid_flow.terraform.progress import (
    Attribution,
    ComponentEvent,
    PlanSummary,
    ProgressReader,
    ResourceProgress,
    TerraformWarning,
)

ATTRIBUTION = Attribution(Path("/c"), {"a": "A"}, {"B.tf": "B"}, {"modules/m": "M"})


def read(*messages: object) -> tuple[ProgressReader, list[ComponentEvent]]:
    events: list[ComponentEvent] = []
    reader = ProgressReader("web", ATTRIBUTION, events.append)
    for message in messages:
        reader.line(message if isinstance(message, str) else json.dumps(message))
    return reader, events


def hook(kind: str, action: str = "create", address: str = "module.a.aws_vpc.x[0]", **more: object) -> object:
    resource = {"addr": address, "resource_type": "aws_vpc"}
    return {"type": kind, "hook": {"resource": resource, "action": action, **more}}


def diagnostic(severity: str = "error", **more: object) -> object:
    return {"type": "diagnostic", "diagnostic": {"severity": severity, "summary": "Bad", "detail": "Very.", **more}}


def test_the_life_of_a_resource_is_told_by_node() -> None:
    planned = {"type": "planned_change", "change": {"resource": {"addr": "module.a.aws_vpc.x[0]"}, "action": "create"}}
    nothing = {"type": "planned_change", "change": {"resource": {"addr": "module.a.y"}, "action": "noop"}}
    progress = hook("apply_progress", elapsed_seconds=10)
    done = hook("apply_complete", elapsed_seconds=12)
    reader, events = read(planned, nothing, hook("apply_start"), progress, done, hook("apply_errored", address="aws.y"))
    assert [(event.state, event.seconds, event.node) for event in events if isinstance(event, ResourceProgress)] == [
        ("planned", None, "A"),
        ("started", None, "A"),
        ("started", 10, "A"),
        ("complete", 12, "A"),
        ("failed", None, ""),
    ]
    assert reader.changed


def test_reading_a_data_source_changes_nothing() -> None:
    assert not read(hook("apply_start", action="read"))[0].changed


def test_summaries_are_told_and_kept() -> None:
    counts = {"add": 1, "change": 2, "remove": 3}
    reader, events = read(
        {"type": "change_summary", "changes": {**counts, "operation": "plan"}},
        {"type": "change_summary", "changes": {**counts, "operation": "apply"}},
    )
    assert events == [PlanSummary("web", 1, 2, 3)]
    assert reader.changes == (1, 2, 3)


@pytest.mark.parametrize(
    ("more", "node"),
    [
        ({"address": "module.a.aws_vpc.x"}, "A"),
        ({"address": "module.unknown.aws_vpc.x"}, ""),
        ({"range": {"filename": "B.tf"}}, "B"),
        ({"range": {"filename": "modules/m/main.tf"}}, "M"),
        ({"range": {"filename": "main.tf"}}, ""),
        ({}, ""),
    ],
)
def test_an_error_is_led_to_its_node(more: dict[str, object], node: str) -> None:
    if "range" in more:
        corner = {"line": 3, "column": 2}
        more = {"range": {**more["range"], "start": corner, "end": corner}}  # type: ignore[dict-item]  # it is a dict
    reader, _ = read(diagnostic(**more))
    assert [where for where, _ in reader.errors] == [node]


def test_an_error_shows_terraforms_words_and_its_place() -> None:
    place = {"filename": "B.tf", "start": {"line": 4, "column": 3}, "end": {"line": 4, "column": 7}}
    reader, _ = read(diagnostic(range=place, snippet={"code": "  name = 1\n}"}, address="module.a.x"))
    assert str(reader.errors[0][1]) == "/c/B.tf:4:3: module.a.x: Bad: Very.\n      name = 1\n      ^^^^"
    assert not reader.only_configuration
    assert read(diagnostic(range=place))[0].only_configuration
    assert not read(diagnostic())[0].only_configuration


def test_a_warning_is_no_error() -> None:
    reader, events = read(diagnostic("warning", address="module.a.x"))
    assert reader.errors == []
    assert events == [TerraformWarning("web", "A", "Bad: Very.")]


def test_lines_of_another_form_are_passed_over_and_kept() -> None:
    reader, events = read("panic: oh", "", "[1]", '{"no": "type"}', {"type": "apply_start"}, {"type": "version"})
    assert events == []
    assert reader.plain == ["panic: oh", "[1]", '{"no": "type"}', '{"type": "apply_start"}']
