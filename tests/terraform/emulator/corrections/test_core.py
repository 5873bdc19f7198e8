from __future__ import annotations

import pytest
from moto.sqs.models import Queue

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("core")


@behaviours.shows("create_without_remembering")
def what_is_deleted_is_forgotten() -> bool:
    before = len(Queue.instances_tracked)
    queue = client("sqs").create_queue(QueueName="this")["QueueUrl"]
    client("sqs").delete_queue(QueueUrl=queue)
    return len(Queue.instances_tracked) == before


@pytest.mark.parametrize("correction", corrections_of("core"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
