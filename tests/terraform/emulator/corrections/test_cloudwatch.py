from __future__ import annotations

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("cloudwatch")


@behaviours.shows("put_composite_alarm")
def a_composite_alarm_keeps_its_rule() -> bool:
    client("cloudwatch").put_composite_alarm(AlarmName="both", AlarmRule="ALARM(one) AND ALARM(two)")
    [alarm] = client("cloudwatch").describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])[
        "CompositeAlarms"
    ]
    return bool(alarm["AlarmRule"] == "ALARM(one) AND ALARM(two)")


@pytest.mark.parametrize("correction", corrections_of("cloudwatch"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
