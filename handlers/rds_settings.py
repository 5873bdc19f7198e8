"""The boxes of the RDS diagram that say how the database is kept: zones, backups, times, storage, logs, encryption."""

from __future__ import annotations

from collections.abc import Mapping

from mermaid_flow import (
    Configure,
    Context,
    Declaration,
    MflowError,
    ModuleCall,
    Output,
    Reference,
    Skipped,
    Value,
    configure,
    decision,
)

from . import _databases, _reading, _windows
from ._databases import DATABASE


@decision("Multi-AZ?", diagram="rds")
def multi_az(context: Context) -> bool:
    """What `multi_az` says; No without it."""
    return context.vars.get("multi_az", bool, False)


@configure("Configure Multi-AZ", diagram="rds")
def configure_multi_az(context: Context) -> Configure:
    """A standby in another zone; a second instance of a cluster."""
    engine = _databases.chosen(context)
    if not engine.standby:
        raise MflowError(
            f"RDS has no standby for {engine.name}",
            code="rds.multi_az",
            where=context.vars.where("multi_az"),
            hint="set multi_az to false, or take sqlserver-se or sqlserver-ee",
        )
    if zone := context.vars.get("availability_zone", str):
        raise MflowError(
            f"a database in several zones cannot be put in {zone}",
            code="rds.multi_az",
            where=context.vars.where("availability_zone"),
        )
    return Configure(DATABASE, {"multi_az": True})


@configure("Configure Single-AZ", diagram="rds")
def configure_single_az(context: Context) -> Configure:
    """One instance, in `availability_zone` where that is given."""
    return Configure(DATABASE, {"multi_az": False, "availability_zone": context.vars.get("availability_zone", str)})


@decision("Backup Strategy?", diagram="rds", aliases={"automatic": "Automated", "snapshot": "Snapshots"})
def backup_strategy(context: Context) -> str:
    """What `backup_strategy` says; without it Automated, unless `backup_retention_period` is 0."""
    usual = "Snapshots" if context.vars.get("backup_retention_period", int) == 0 else "Automated"
    return context.vars.get("backup_strategy", str, usual)


@configure("Configure Automated Backups", diagram="rds")
def configure_automated_backups(context: Context) -> Configure:
    """Daily backups, kept for `backup_retention_period` days; 7 without it."""
    return Configure(
        DATABASE, {"backup_retention_period": _reading.number(context.vars, "backup_retention_period", 1, 35) or 7}
    )


@configure("Configure DB Snapshots", diagram="rds")
def configure_snapshots(context: Context) -> list[Declaration]:
    """A snapshot of the database as it was made, and no automated backups; Aurora always keeps those of a day."""
    engine = _databases.chosen(context)
    least = 1 if engine.is_cluster else 0
    call = ModuleCall(
        "db_snapshot",
        "snapshot",
        {
            "name": context.vars.get("db_snapshot_identifier", str, f"{_databases.identifier(context)}-baseline"),
            "database_identifier": Reference(DATABASE, "identifier"),
            "cluster": engine.is_cluster,
        },
    )
    kept = _reading.number(context.vars, "backup_retention_period", 0, 35) or least
    return [
        call,
        Configure(DATABASE, {"backup_retention_period": kept}),
        Output("db_snapshot_arn", call.output("snapshot_arn"), "ARN of the snapshot"),
    ]


@configure("Configure Backup Window", diagram="rds")
def configure_backup_window(context: Context) -> Configure:
    """When backups are made: `backup_window`, in UTC."""
    return Configure(DATABASE, {"backup_window": _windows.backup(context.vars)})


@configure("Configure Maintenance Window", diagram="rds")
def configure_maintenance_window(context: Context) -> Configure:
    """When AWS may work on the database, `maintenance_window` in UTC, and what it may do then."""
    return Configure(
        DATABASE,
        {
            "maintenance_window": _windows.maintenance(context.vars),
            "auto_minor_version_upgrade": context.vars.get("auto_minor_version_upgrade", bool),
            "allow_major_version_upgrade": context.vars.get("allow_major_version_upgrade", bool),
            "apply_immediately": context.vars.get("apply_immediately", bool),
        },
    )


@decision("Storage Type?", diagram="rds")
def storage_type(context: Context) -> str:
    """What `storage_type` says; without it GP2, and Standard for Aurora, which has storage of its own."""
    return _databases.storage_type(context.vars, _databases.chosen(context))


@configure("Configure Standard Storage", diagram="rds")
def configure_standard_storage(context: Context) -> list[Declaration | Mapping[str, object]] | Skipped:
    """Magnetic disks; for Aurora its own storage, which needs no word."""
    if _databases.chosen(context).is_cluster:
        return Skipped("Aurora has storage of its own")
    return _storage(context, "standard")


@configure("Configure GP2 Storage", diagram="rds")
def configure_gp2_storage(context: Context) -> list[Declaration | Mapping[str, object]]:
    """General purpose SSD: operations a second grow with the size."""
    return _storage(context, "gp2")


@configure("Configure io1 Storage", diagram="rds")
def configure_io1_storage(context: Context) -> list[Declaration | Mapping[str, object]]:
    """SSD with `iops` operations a second."""
    context.vars.require("iops", int)
    return _storage(context, "io1")


def _storage(context: Context, kind: str) -> list[Declaration | Mapping[str, object]]:
    variables = context.vars
    if _databases.chosen(context).is_cluster:
        raise MflowError(
            f"Aurora has storage of its own and takes no {kind}",
            code="rds.storage",
            where=variables.where("storage_type"),
            hint="leave out storage_type",
        )
    iops = _reading.number(variables, "iops", 1000, 256_000)
    if iops and kind != "io1":
        raise MflowError(
            f"{kind} storage takes no iops",
            code="rds.storage",
            where=variables.where("iops"),
            hint="leave them out, or set storage_type: io1",
        )
    return [Configure(DATABASE, {"storage_type": kind, "iops": iops}), {"storage_type": kind}]


@configure("Configure Storage", diagram="rds")
def configure_storage(context: Context) -> Configure | Skipped:
    """The size, `allocated_storage`, and up to where it may grow, `max_allocated_storage`, in GiB."""
    engine, variables = _databases.chosen(context), context.vars
    if engine.is_cluster:
        return Skipped("Aurora's storage grows by itself")
    kind = _databases.said(context, "storage_type")
    least = 100 if kind == "io1" and engine.label != "SQL Server" else 20
    size = _reading.number(variables, "allocated_storage", least, 65_536) or least
    limit = variables.get("max_allocated_storage", int)
    if limit is not None and limit < size:
        raise MflowError(
            f"max_allocated_storage is {limit} GiB, but the database begins with {size}",
            code="rds.storage",
            where=variables.where("max_allocated_storage"),
        )
    if limit is not None and kind == "standard":
        raise MflowError(
            "standard storage cannot grow by itself",
            code="rds.storage",
            where=variables.where("max_allocated_storage"),
            hint="leave out max_allocated_storage, or set storage_type: gp2",
        )
    if kind == "io1" and variables.get("iops", int, 0) > 50 * size:
        raise MflowError(
            f"{size} GiB can have {50 * size} iops at most, 50 for each GiB",
            code="rds.storage",
            where=variables.where("iops"),
        )
    return Configure(DATABASE, {"allocated_storage": size, "max_allocated_storage": limit})


@configure("Configure CloudWatch Logs", diagram="rds")
def configure_cloudwatch_logs(context: Context) -> list[Declaration | Mapping[str, object]] | Skipped:
    """The logs of `enabled_cloudwatch_logs_exports`, or the engine's usual ones, in log groups with an end."""
    engine = _databases.chosen(context)
    logs = _databases.logs(context.vars, engine)
    if not logs:
        return Skipped("enabled_cloudwatch_logs_exports is empty")
    kind = "cluster" if engine.is_cluster else "instance"
    place = f"/aws/rds/{kind}/{_databases.identifier(context)}"
    call = ModuleCall(
        "log_groups",
        "log_groups",
        {
            "log_groups": {log: f"{place}/{log}" for log in logs},
            "retention_in_days": context.vars.get("cloudwatch_log_group_retention_in_days", int),
        },
    )
    exports: dict[str, Value] = {"enabled_cloudwatch_logs_exports": logs}
    return [
        call,
        Configure(DATABASE, exports),
        Output("db_log_group_names", call.output("log_group_names"), "Names of the database's log groups"),
        {"logs": logs},
    ]


@configure("Configure Encryption", diagram="rds")
def configure_encryption(context: Context) -> list[Declaration] | Skipped:
    """Storage, password and logs encrypted with the key `kms_key_id`, or one that is made for this database."""
    if not context.vars.get("storage_encrypted", bool, True):
        return Skipped("storage_encrypted is false")
    if given := context.vars.get("kms_key_id", str) or None:
        return [Configure(DATABASE, _with_key(context, given))]
    identifier = _databases.identifier(context)
    call = ModuleCall(
        "kms_key",
        "encryption_key",
        {
            "name": f"rds/{identifier}",
            "description": f"Storage, password and logs of the database {identifier}",
            "cloudwatch_logs": True,
        },
    )
    key = call.output("key_arn")
    encrypted: list[Declaration] = [call, Configure(DATABASE, _with_key(context, key))]
    if _databases.said(context, "logs"):
        encrypted.append(Configure("log_groups", {"kms_key_id": key}))
    return [*encrypted, Output("db_kms_key_arn", key, "ARN of the key that encrypts the database")]


def _with_key(context: Context, key: Value) -> dict[str, Value]:
    return {
        "storage_encrypted": True,
        "kms_key_id": key,
        "master_user_secret_kms_key_id": context.vars.get("master_user_secret_kms_key_id", str) or key,
        "performance_insights_kms_key_id": context.vars.get("performance_insights_kms_key_id", str) or key,
    }
