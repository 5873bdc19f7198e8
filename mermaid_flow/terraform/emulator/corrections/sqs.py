"""Queues."""

from __future__ import annotations

import json
from typing import Any

from moto.sqs.models import Queue

from mermaid_flow.terraform.emulator.corrections import Original, corrects


@corrects(
    Queue,
    "attributes",
    "AWS writes the redrive policy without spaces, as Terraform's jsonencode does; the provider compares the texts",
)
def attributes_with_compact_policy(original: Original, queue: Queue) -> dict[str, Any]:
    attributes: dict[str, Any] = original(queue)
    if queue.redrive_policy:
        attributes["RedrivePolicy"] = json.dumps(queue.redrive_policy, separators=(",", ":"))
    return attributes
