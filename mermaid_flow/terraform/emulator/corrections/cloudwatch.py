"""Composite alarms."""

from __future__ import annotations

from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from mermaid_flow.terraform.emulator.corrections import replaces


@replaces(CloudWatchResponse, "put_composite_alarm", "not in moto, although its alarms have a place for the rule")
def put_composite_alarm(response: CloudWatchResponse) -> ActionResult:
    return response.put_metric_alarm()
