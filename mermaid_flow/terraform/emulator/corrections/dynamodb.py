"""Tables."""

from __future__ import annotations

from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler

from mermaid_flow.terraform.emulator.corrections import Original, corrects


@corrects(
    DynamoHandler, "update_table", "moto ignores a change of the encryption, so every plan wants to change it again"
)
def update_table_with_encryption(original: Original, handler: DynamoHandler) -> Any:
    specification = handler.body.get("SSESpecification")
    if specification:
        backend: DynamoDBBackend = handler.dynamodb_backend
        table = backend.get_table(handler.body["TableName"])
        key = specification.get("KMSMasterKeyId") or table._get_default_encryption_key(
            handler.current_account, handler.region
        )
        table.sse_specification = {**specification, "KMSMasterKeyId": key}
    return original(handler)
