"""Terraform's reports become events of the run."""

from __future__ import annotations

import pytest

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.session.progress import Channel, as_event
from mermaid_flow.terraform.progress import (
    ApplySummary,
    ComponentEvent,
    OutputsRead,
    PlanSummary,
    ResourceProgress,
    TerraformWarning,
)


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (
            ResourceProgress("c", "N", "a.b", "a", "create", "failed", 1.5, "why"),
            Event(
                EventType.RESOURCE,
                "N",
                data={
                    "component": "c",
                    "address": "a.b",
                    "resource_type": "a",
                    "action": "create",
                    "state": "failed",
                    "seconds": 1.5,
                    "message": "why",
                },
            ),
        ),
        (
            ResourceProgress("c", "", "a.b", "a", "read", "started"),
            Event(
                EventType.RESOURCE,
                None,
                data={
                    "component": "c",
                    "address": "a.b",
                    "resource_type": "a",
                    "action": "read",
                    "state": "started",
                },
            ),
        ),
        (
            PlanSummary("c", 1, 2, 3),
            Event(EventType.PLAN, data={"component": "c", "add": 1, "change": 2, "destroy": 3}),
        ),
        (
            ApplySummary("c", 1, 2, 3, 4.5678),
            Event(EventType.APPLIED, data={"component": "c", "add": 1, "change": 2, "destroy": 3, "seconds": 4.568}),
        ),
        (OutputsRead("c", {"a": 1}), Event(EventType.OUTPUTS, data={"component": "c", "values": {"a": 1}})),
        (
            TerraformWarning("c", "N", "careful"),
            Event(EventType.NOTICE, "N", data={"level": "warning", "component": "c", "message": "careful"}),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_report_is_an_event(report: ComponentEvent, expected: Event) -> None:
    assert as_event(report) == expected


def test_reports_before_the_journal_is_open_go_nowhere() -> None:
    channel = Channel()
    channel(PlanSummary("c", 0, 0, 0))
    heard: list[Event] = []
    channel.emit = heard.append
    channel(PlanSummary("c", 1, 0, 0))
    assert [event.data["add"] for event in heard] == [1]
