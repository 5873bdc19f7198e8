from __future__ import annotations

import json

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("sqs")


@behaviours.shows("attributes_with_compact_policy")
def a_redrive_policy_is_written_as_terraform_writes_it() -> bool:
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3}, separators=(",", ":"))
    queue = sqs.create_queue(QueueName="this", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    return bool(attributes["RedrivePolicy"] == policy)


@pytest.mark.parametrize("correction", corrections_of("sqs"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
