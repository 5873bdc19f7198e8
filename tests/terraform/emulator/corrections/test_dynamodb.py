from __future__ import annotations

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("dynamodb")


@behaviours.shows("update_table_with_encryption")
def the_encryption_of_a_table_can_be_changed() -> bool:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    client("dynamodb").create_table(
        TableName="this",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    described = []
    for specification in (
        {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        {"Enabled": True},
        {"Enabled": False},
    ):
        client("dynamodb").update_table(TableName="this", SSESpecification=specification)
        described.append(client("dynamodb").describe_table(TableName="this")["Table"].get("SSEDescription", {}))
    client("dynamodb").update_table(TableName="this", DeletionProtectionEnabled=False)
    own, default, none = described
    return own["KMSMasterKeyArn"] == key and default["KMSMasterKeyArn"] not in ("", key) and none == {}


@pytest.mark.parametrize("correction", corrections_of("dynamodb"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
