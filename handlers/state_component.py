"""The second half of the state diagram: a component whose state is kept in the backend that the first half has found.

The diagram's own component is the one. It holds what the vars `modules` describe, takes over what `imports` lists, and
publishes, as parameters of Systems Manager, where the state is. It may be reached by a role that can do nothing else.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, cast

from mermaid_flow import (
    Configure,
    Context,
    Import,
    ModuleCall,
    Output,
    RunFailed,
    Skipped,
    action,
    decision,
)

from . import _aws, _naming, _state

PATIENCE = 60
"""Seconds that IAM may take until a new role can be assumed."""


@decision("State Organization", diagram="state", aliases={"component": "By Component", "environment": "By Environment"})
def state_organization(context: Context) -> str:
    """By Component, or By Environment, as `state_organization` says: `component`, the default, or `environment`."""
    return context.vars.get("state_organization", str, "component")


@action("tenant/account/env/component", diagram="state")
def organize_by_component(context: Context) -> dict[str, object]:
    """Every component has a state of its own, in the folder of its environment; `state_file_key` overrides."""
    return _organized(context, context.component.name)


@action("tenant/account/env", diagram="state")
def organize_by_environment(context: Context) -> dict[str, object]:
    """The environment has one state, that of this component: a second component must not be put there."""
    return _organized(context, _environment(context))


def _organized(context: Context, path: str) -> dict[str, object]:
    """The key of the state, and the folder that the access role covers: the environment's, where it lies in that."""
    key = context.vars.get("state_file_key", str) or "/".join(filter(None, (path, "terraform.tfstate")))
    folder = _environment(context)
    return {"key": key, "folder": folder if key.startswith(f"{folder}/") else key.rpartition("/")[0]}


def _environment(context: Context) -> str:
    """Where the environment's components are: tenant/account/env."""
    return context.components.open(_state.STORAGE).name.removesuffix(_state.STORAGE).rstrip("/")


@action("Configure Backend Block", diagram="state")
def configure_backend_block(context: Context) -> dict[str, object]:
    """Write the backend block of the component and of `state-backend`; the next `init` moves their states."""
    _refuse_to_overwrite(context)
    kept, own = _state.storage(context), context.components.open(_state.STORAGE)
    outputs = own.outputs()
    role = str(outputs.get("role_arn") or "") or None
    _keep(context, role)
    if context.vars.get("migrate_backend_state", bool, True):
        # Reached without the role: that goes when the component goes.
        block = _state.backend(kept, f"{own.name}/terraform.tfstate", own_storage="bucket_name" in outputs)
        own.keep_state_in(block)
        if outputs:
            own.terraform("state", "list")
    return {"backend": "s3", "bucket": kept.bucket, "key": _key(context)}


def _key(context: Context) -> str:
    return str(_state.said(context, "key"))


def _keep(context: Context, role_arn: str | None) -> None:
    context.component.keep_state_in(_state.backend(_state.storage(context), _key(context), role_arn=role_arn))


def _refuse_to_overwrite(context: Context) -> None:
    """Raise RunFailed when a state in the component's folder would be moved over one that tells of something else."""
    here = context.component.folder / "terraform.tfstate"
    if not here.is_file() or not (text := here.read_text(encoding="utf-8")):
        return
    there = _state.stored(context, _state.storage(context), _key(context))
    if there and there.get("resources") and there["lineage"] != json.loads(text)["lineage"]:
        raise RunFailed(
            f"{_key(context)} holds the state of something else",
            code="state.taken",
            hint="set state_file_key to a key of its own",
        )


@action("Use IAM Roles for Access", diagram="state")
def use_roles(context: Context) -> dict[str, object] | Skipped:
    """A role that may use this part of the bucket, the locks and the key; Terraform assumes it to reach the state."""
    if not context.vars.get("use_iam_role", bool, True):
        return Skipped("use_iam_role is false")
    kept, storage = _state.storage(context), context.components.open(_state.STORAGE)
    role = ModuleCall(
        "state_access_role",
        "access_role",
        {
            "name": f"{_naming.name_prefix(context)}-state-access",
            "bucket_name": kept.bucket,
            "path": f"{folder}/" if (folder := str(_state.said(context, "folder"))) else "",
            "table_name": kept.table,
            "kms_key_arn": kept.key_arn,
            "tags": _naming.tags(context),
        },
    )
    output = Output("role_arn", role.output("role_arn"), "ARN of the role by which the state is reached")
    storage.declare(context.node.id, [role, output])
    arn = str(storage.outputs()["role_arn"])
    _assume(context, arn)
    _keep(context, arn)
    return {"role_arn": arn}


@action("Setup Cross-Account Access", diagram="state")
def set_up_cross_account_access(context: Context) -> dict[str, object] | Skipped:
    """Let `trusted_account_ids` assume the role, when they name the `external_id`."""
    trusted = context.vars.get("trusted_account_ids", list[str], [])
    if not trusted:
        return Skipped("no trusted_account_ids")
    external_id = context.vars.require("external_id", str)
    storage = context.components.open(_state.STORAGE)
    trust = Configure("access_role", {"trusted_account_ids": trusted, "external_id": external_id})
    storage.declare(context.node.id, [trust])
    arn = str(storage.outputs()["role_arn"])
    _assume(context, arn, external_id)
    return {"role_arn": arn, "trusted_account_ids": trusted, "external_id_required": True}


def _assume(context: Context, arn: str, external_id: str | None = None) -> None:
    """Wait until the role can be assumed: IAM takes a while to tell everyone. Raises RunFailed when it never can."""
    given = {"ExternalId": external_id} if external_id else {}
    for attempt in range(PATIENCE):
        try:
            with _aws.client(context.run, "sts") as sts:
                cast("Any", sts).assume_role(RoleArn=arn, RoleSessionName="mflow", **given)
                return
        except RunFailed:
            if attempt + 1 == PATIENCE or context.cancellation.wait(1):
                raise


@decision("Import Needed?", diagram="state", probe=True)
def import_needed(context: Context) -> bool:
    """Whether `imports` lists anything that the state does not hold yet; the var `import_needed` spares the look."""
    given = context.vars.get("import_needed", bool)
    if given is not None:
        return given
    wanted = {entry.to for entry in _state.imports(context.vars)}
    state = _state.stored(context, _state.storage(context), _key(context)) if wanted else None
    return bool(wanted - _state.addresses(state or {}))


@action("Import Existing Resources", diagram="state")
def import_resources(context: Context) -> list[Import]:
    """An import block for each entry of `imports`."""
    return _state.imports(context.vars)


@action("Run Terraform Init", diagram="state")
def run_init(context: Context) -> dict[str, object]:
    """Describe the component, move its state into the backend, and see that a lock held keeps Terraform out."""
    kept, key = _state.storage(context), _key(context)
    where = {"bucket": kept.bucket, "dynamodb_table": kept.table, "region": kept.region}
    path = f"/{_naming.name_prefix(context)}/terraform-state"
    registration = ModuleCall("ssm_parameters", "registration", {"path": path, "parameters": where})
    context.component.declare(
        context.node.id,
        [
            registration,
            Output("parameter_names", registration.output("parameter_names"), "Parameters that say where the state is"),
            *_state.modules(context.vars),
            Configure("*", {"tags": _naming.tags(context)}),
        ],
    )
    context.component.terraform("state", "pull")
    with _state.held_lock(context, kept, key) as holder:
        refused = _refusal(context)
    if holder not in refused:
        raise RunFailed(f"Terraform worked on {key} while another held its lock", code="state.locking", hint=refused)
    return {"key": key, "lock": f"{kept.bucket}/{key}", "second_operation": refused}


def _refusal(context: Context) -> str:
    """What Terraform says of a plan at this moment."""
    try:
        return context.component.terraform("plan", "-input=false", "-no-color", "-lock-timeout=0s")
    except RunFailed as error:
        return str(error)


@action("Run Terraform Apply", diagram="state")
def run_apply(context: Context) -> dict[str, object]:
    """Build what the component describes, and import what it imports."""
    return dict(context.component.outputs())


@decision("State Backup?", diagram="state")
def backup_wanted(context: Context) -> bool:
    """Yes, unless `state_backup` says no."""
    return context.vars.get("state_backup", bool, True)


@action("Backup Terraform State", diagram="state")
def back_up_state(context: Context) -> dict[str, object]:
    """A copy of the state in the run's folder, for its owner only, and the version by which S3 keeps it."""
    text = context.component.terraform("state", "pull")
    file = context.folder / "terraform.tfstate"
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
    with _aws.client(context.run, "s3") as s3:
        version = cast("Any", s3).head_object(Bucket=_state.storage(context).bucket, Key=_key(context))["VersionId"]
    state = json.loads(text)
    return {
        "file": str(file),
        "version_id": version,
        "serial": state["serial"],
        "lineage": state["lineage"],
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
