"""Buckets."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import IAMPolicy
from moto.s3.models import FakeBucket

from mermaid_flow.terraform.emulator.corrections import Original, corrects


@corrects(
    FakeBucket,
    "get_permission",
    "a bucket that refuses plain HTTP refuses everything: moto takes the condition of a refusal as met, whatever it is",
)
def without_refusals_on_condition(original: Original, bucket: FakeBucket, action: str, resource: str) -> Any:
    if bucket.policy is None:
        return original(bucket, action, resource)
    policy = json.loads(bucket.policy)
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    kept = [statement for statement in statements if statement["Effect"] != "Deny" or not statement.get("Condition")]
    return IAMPolicy(json.dumps({**policy, "Statement": kept})).is_action_permitted(action, resource)
