"""The state diagram: a place for Terraform state in S3, and a first component whose state is kept in it.

*Bootstrap New Backend* and the boxes below it describe bucket, table of locks and key in the component
`state-backend`; *Enable KMS Key Rotation* builds them. Its own state moves into the bucket as well, and comes home
before it is destroyed. The boxes from *State Organization* on, which put a component's state there, stand
in `state_component.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from mermaid_flow import (
    Configure,
    Context,
    Declaration,
    MflowError,
    ModuleCall,
    Output,
    Reference,
    RunFailed,
    action,
    check,
    decision,
)

from . import _aws, _naming, _reading, _state


@check(diagram="state")
def state_fits(context: Context) -> Iterator[MflowError]:
    """Names that AWS refuses, imports that cannot be read, trust without a secret shared."""
    yield from _state.name_problems(context.vars)
    _state.imports(context.vars)
    _state.modules(context.vars)
    trusted = context.vars.get("trusted_account_ids", list[str], [])
    if trusted and not context.vars.get("external_id", str):
        yield MflowError(
            "trusted_account_ids needs external_id beside it",
            code="state.external_id",
            where=context.vars.where("trusted_account_ids"),
            hint="a text that you and the other accounts agree on",
        )
    if trusted and not context.vars.get("use_iam_role", bool, True):
        yield MflowError(
            "trusted_account_ids are for the access role, and use_iam_role is false",
            code="state.role",
            where=context.vars.where("use_iam_role"),
        )


@action("Initialize S3 Backend", diagram="state")
def initialize_backend(context: Context) -> dict[str, object]:
    """Settle what bucket and table are called: `bucket_name`, `dynamodb_table_name`, or after the environment."""
    wanted = _state.names(context)
    context.log.info("state in s3://%s, locks in the table %s", wanted.bucket, wanted.table)
    return {"bucket": wanted.bucket, "table": wanted.table, "region": wanted.region}


@decision("Backend Exists?", diagram="state", probe=True)
def backend_exists(context: Context) -> bool:
    """Whether bucket and table are there; the var `backend_exists` spares the look."""
    given = context.vars.get("backend_exists", bool)
    return _state.exists(context, _state.names(context)) if given is None else given


@action("Bootstrap New Backend", diagram="state")
def bootstrap_backend(context: Context) -> dict[str, object]:
    """Begin the component `state-backend`: its tags, and the key that encrypts state and locks."""
    name = f"{_naming.name_prefix(context)}-state"
    key = ModuleCall("kms_key", "key", {"name": name, "description": "Terraform state and its locks"})
    arn = Output("kms_key_arn", key.output("key_arn"), "ARN of the key that encrypts the state")
    _declare(context, key, arn, Configure("*", {"tags": _naming.tags(context)}))
    return {"component": context.components.open(_state.STORAGE).name}


@action("Create S3 Bucket", diagram="state")
def create_bucket(context: Context) -> None:
    """The bucket, closed to the public; `force_destroy` lets it be destroyed with state in it."""
    bucket = ModuleCall(
        "s3_bucket",
        "bucket",
        {
            "name": _state.storage(context).bucket,
            "exact_name": True,
            "force_destroy": context.vars.get("force_destroy", bool, False),
        },
    )
    _declare(context, bucket, Output("bucket_name", bucket.output("bucket_name"), "Bucket that holds the state"))


@action("Configure S3 Versioning", diagram="state")
def configure_versioning(context: Context) -> None:
    """Every state that was ever written is kept, for `state_version_retention_days` after the next one (365)."""
    days = _reading.number(context.vars, "state_version_retention_days", 1, 36500) or 365
    _declare(context, Configure("bucket", {"versioning": True, "noncurrent_expiration_days": days}))


@action("Configure S3 Encryption", diagram="state")
def configure_bucket_encryption(context: Context) -> None:
    """Objects are encrypted with the backend's own key."""
    _declare(context, Configure("bucket", {"kms_key_id": Reference("key", "key_arn")}))


@action("Create DynamoDB Table", diagram="state")
def create_table(context: Context) -> None:
    """The table of locks."""
    table = ModuleCall(
        "dynamodb_table",
        "locks",
        {
            "name": _state.storage(context).table,
            "hash_key": {"name": _state.LOCK_ID},
            "point_in_time_recovery": context.vars.get("enable_point_in_time_recovery", bool, True),
        },
    )
    _declare(context, table, Output("table_name", table.output("table_name"), "Table that holds the locks"))


@action("Configure DynamoDB Encryption", diagram="state")
def configure_table_encryption(context: Context) -> None:
    """Locks are encrypted with the backend's own key."""
    _declare(context, Configure("locks", {"kms_key_arn": Reference("key", "key_arn")}))


@action("Enable KMS Key Rotation", diagram="state")
def enable_key_rotation(context: Context) -> dict[str, object]:
    """Build all that the boxes before described, and see that AWS renews the key every year."""
    key = str(context.components.open(_state.STORAGE).outputs()["kms_key_arn"])
    with _aws.client(context.run, "kms") as kms:
        rotates = cast("Any", kms).get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    if not rotates:
        raise RunFailed(f"the key {key} is not renewed", code="state.rotation", hint="enable its rotation in KMS")
    return {"kms_key_arn": key, "rotation": True}


@action("Use Existing Backend", diagram="state")
def use_backend(context: Context) -> dict[str, object]:
    """See that what is there can hold state: versions, no public access, a table for locks."""
    found = _state.inspected(context, _state.storage(context))
    return {"state_key_arn": found.key_arn}


@action("Configure State Locking", diagram="state")
def configure_locking(context: Context) -> dict[str, object]:
    """Locks go to the table, which must refuse a second holder: tried here, and by *Run Terraform Init* for real."""
    kept, key = _state.storage(context), "mflow/lock-proof"
    with _state.held_lock(context, kept, key):
        if not _state.is_locked(context, kept, key):
            raise RunFailed(f"the table {kept.table} lets two hold the same lock", code="state.locking")
    return {"dynamodb_table": kept.table, "second_holder": "refused"}


def _declare(context: Context, *declarations: Declaration) -> None:
    """Declare for the storage's component, which is not the diagram's own."""
    context.components.open(_state.STORAGE).declare(context.node.id, declarations)
