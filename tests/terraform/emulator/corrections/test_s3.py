from __future__ import annotations

import json

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("s3")
REFUSE = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::kept/*"}
PLAIN_HTTP = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}


@behaviours.shows("without_refusals_on_condition")
def only_a_refusal_without_a_condition_is_one() -> bool:
    s3 = client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="a", Body=b"1")
    free = s3.head_object(Bucket="kept", Key="a")["ContentLength"]
    s3.put_bucket_policy(Bucket="kept", Policy=json.dumps({"Statement": {**REFUSE, **PLAIN_HTTP}}))
    conditional = s3.head_object(Bucket="kept", Key="a")["ContentLength"]
    s3.put_bucket_policy(Bucket="kept", Policy=json.dumps({"Statement": [REFUSE]}))
    try:
        s3.head_object(Bucket="kept", Key="a")
    except s3.exceptions.ClientError:
        return bool(free == conditional == 1)
    return False


@pytest.mark.parametrize("correction", corrections_of("s3"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
