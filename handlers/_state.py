"""Terraform state in S3: what a backend is called, whether it is there, where in it a component's state lies.

The state diagram makes and uses backends; other diagrams keep the state of their components where it says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from mermaid_flow import Backend, Context, Import, MflowError, ModuleCall, RunFailed, Value, Variables

from . import _aws, _naming

STORAGE = "state-backend"
"""The component of bucket, locks, key and access role. Its own state is kept here until the bucket is there."""

LOCK_ID = "LockID"
"""The key of the locks' table, which Terraform wants to be called so."""

_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_ABSENT = frozenset(
    {
        "404",
        "NoSuchBucket",
        "NoSuchPublicAccessBlockConfiguration",
        "ResourceNotFoundException",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)
_FORBIDDEN = frozenset({"403", "AccessDenied"})


@dataclass(frozen=True, slots=True)
class Storage:
    """Where state is kept: names of a bucket and of a table for locks, and what encrypts the state (None: AWS)."""

    bucket: str
    table: str
    region: str
    key_arn: str | None = None


def names(context: Context) -> Storage:
    """What the vars call the backend: `bucket_name`, `dynamodb_table_name`; by default after the environment.

    Buckets of all accounts share their names, so that the account's number is part of the default. Raises MflowError.
    """
    variables, prefix = context.vars, _naming.name_prefix(context).casefold()
    bucket = variables.get("bucket_name", str) or f"{prefix[:40].rstrip('-')}-state-{_aws.account(context.run)}"
    table = variables.get("dynamodb_table_name", str) or f"{prefix}-state-locks"
    return Storage(bucket, table, context.run.region)


def name_problems(variables: Variables) -> Iterator[MflowError]:
    """Names that S3 and DynamoDB would not take."""
    for name, pattern, rule in (
        ("bucket_name", _BUCKET, "3 to 63 lower-case letters, digits, hyphens and single dots"),
        ("dynamodb_table_name", _TABLE, "3 to 255 letters, digits or _ . -"),
    ):
        given = variables.get(name, str)
        if given and not pattern.fullmatch(given):
            yield MflowError(f"{name} must be {rule}", code="state.name", where=variables.where(name))


def said(context: Context, key: str) -> object:
    """What an earlier box returned under this key; None when none has."""
    return next((found[key] for node in context.values if key in (found := context.values[node])), None)


def storage(context: Context) -> Storage:
    """The backend that the boxes before have found or made."""
    bucket, table = str(said(context, "bucket")), str(said(context, "table"))
    return Storage(bucket, table, context.run.region, cast("str | None", said(context, "state_key_arn")))


def exists(context: Context, wanted: Storage) -> bool:
    """Whether both bucket and table are there. Raises RunFailed when the bucket belongs to someone else."""
    with _aws.client(context.run, "s3") as s3, _aws.client(context.run, "dynamodb") as dynamodb:
        buckets, tables = cast("Any", s3), cast("Any", dynamodb)
        return _is_there(s3, lambda: buckets.head_bucket(Bucket=wanted.bucket)) and _is_there(
            dynamodb, lambda: tables.describe_table(TableName=wanted.table)
        )


def _is_there(client: object, look: Callable[[], object]) -> bool:
    try:
        look()
    except cast("Any", client).exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _FORBIDDEN:
            raise RunFailed(
                "the bucket exists, and this account may not see it",
                code="state.forbidden",
                hint="set bucket_name to another name: all accounts share them",
            ) from error
        if code not in _ABSENT:
            raise
        return False
    return True


def inspected(context: Context, wanted: Storage) -> Storage:
    """The backend with the key that encrypts it. Raises RunFailed when it is not fit to hold state."""
    with _aws.client(context.run, "s3") as client:
        s3 = cast("Any", client)
        if s3.get_bucket_versioning(Bucket=wanted.bucket).get("Status") != "Enabled":
            raise _unfit(f"the bucket {wanted.bucket} keeps no versions: a damaged state could not be brought back")
        if not _is_there(s3, lambda: s3.get_bucket_encryption(Bucket=wanted.bucket)):
            raise _unfit(f"the bucket {wanted.bucket} does not encrypt, and state holds secrets")
        rules = s3.get_bucket_encryption(Bucket=wanted.bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        if not _is_there(s3, lambda: s3.get_public_access_block(Bucket=wanted.bucket)) or not all(
            s3.get_public_access_block(Bucket=wanted.bucket)["PublicAccessBlockConfiguration"].values()
        ):
            raise _unfit(f"the bucket {wanted.bucket} may be public, and state holds secrets")
    with _aws.client(context.run, "dynamodb") as client:
        table = cast("Any", client).describe_table(TableName=wanted.table)["Table"]
        if [key["AttributeName"] for key in table["KeySchema"]] != [LOCK_ID]:
            raise _unfit(f"the table {wanted.table} holds no locks: its only key must be {LOCK_ID}")
    return Storage(
        wanted.bucket,
        wanted.table,
        wanted.region,
        rules[0]["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID"),
    )


def _unfit(message: str) -> MflowError:
    return RunFailed(message, code="state.unfit", hint="mend it, or let the diagram make it: --set BackendExists=No")


def backend(kept: Storage, key: str, *, role_arn: str | None = None, own_storage: bool = False) -> Backend:
    """The backend block for the state at `key`, reached by the role where one is given."""
    settings: dict[str, Value] = {
        "bucket": kept.bucket,
        "key": key,
        "region": kept.region,
        "dynamodb_table": kept.table,
        "encrypt": True,
    }
    if kept.key_arn:
        settings["kms_key_id"] = kept.key_arn
    if role_arn:
        settings["assume_role"] = {"role_arn": role_arn}
    return Backend("s3", settings, own_storage=own_storage)


@contextmanager
def held_lock(context: Context, kept: Storage, key: str) -> Iterator[str]:
    """Hold the lock of the state at `key` as Terraform does; gives the lock's id. Raises RunFailed when it is held."""
    lock, holder = f"{kept.bucket}/{key}", f"mflow-{context.run.id}"
    if is_locked(context, kept, key, holder=holder):
        raise RunFailed(f"the state {lock} is locked", code="state.locked", hint="wait for who works on it")
    try:
        yield holder
    finally:
        with _aws.client(context.run, "dynamodb") as client:
            cast("Any", client).delete_item(TableName=kept.table, Key={LOCK_ID: {"S": lock}})


def is_locked(context: Context, kept: Storage, key: str, *, holder: str = "") -> bool:
    """Try to take the lock of the state at `key`; False, and it is held from now on, when nobody else had it."""
    lock = f"{kept.bucket}/{key}"
    info = {"ID": holder, "Operation": "proof of locking", "Who": holder, "Path": lock}
    with _aws.client(context.run, "dynamodb") as client:
        dynamodb = cast("Any", client)
        try:
            dynamodb.put_item(
                TableName=kept.table,
                Item={LOCK_ID: {"S": lock}, "Info": {"S": json.dumps(info)}},
                ConditionExpression=f"attribute_not_exists({LOCK_ID})",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return True
    return False


def stored(context: Context, kept: Storage, key: str) -> Mapping[str, Any] | None:
    """The state at `key` as it lies in the bucket; None when there is none."""
    with _aws.client(context.run, "s3") as client:
        s3 = cast("Any", client)
        try:
            text = s3.get_object(Bucket=kept.bucket, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
    return cast("Mapping[str, Any]", json.loads(text))


def addresses(state: Mapping[str, Any]) -> frozenset[str]:
    """The addresses of the resources in a state."""
    return frozenset(
        ".".join(filter(None, (resource.get("module", ""), resource["type"], resource["name"])))
        + (f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else "")
        for resource in state.get("resources", ())
        if resource["mode"] == "managed"
        for instance in resource["instances"]
    )


def imports(variables: Variables) -> list[Import]:
    """What the var `imports` lists: `{to: ADDRESS, id: ID}` each. Raises MflowError."""
    found = []
    for index, entry in enumerate(variables.get("imports", list[dict[str, object]], [])):
        to, known_by = entry.get("to"), entry.get("id")
        if set(entry) != {"to", "id"} or not isinstance(to, str) or not isinstance(known_by, str):
            raise MflowError(
                f"imports.{index} must have `to`, an address, and `id`, both as text",
                code="state.imports",
                where=variables.where(f"imports.{index}"),
                hint="such as {to: 'module.logs.aws_cloudwatch_log_group.this[\"app\"]', id: /app}",
            )
        found.append(Import(to, known_by))
    return found


def modules(variables: Variables) -> list[ModuleCall]:
    """The calls that the var `modules` describes: `{NAME: {module: MODULE, inputs: {…}}}`. Raises MflowError."""
    calls = []
    for name, entry in variables.get("modules", dict[str, dict[str, object]], {}).items():
        module, inputs = entry.get("module"), entry.get("inputs", {})
        if not isinstance(module, str) or not isinstance(inputs, dict) or set(entry) - {"module", "inputs"}:
            raise MflowError(
                f"modules.{name} must have `module`, a name, and may have `inputs`, a map",
                code="state.modules",
                where=variables.where(f"modules.{name}"),
            )
        calls.append(ModuleCall(module, name, cast("dict[str, Value]", inputs)))
    return calls
