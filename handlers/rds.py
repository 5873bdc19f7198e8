"""The RDS diagram: a database instance or an Aurora cluster, and what belongs to it.

The box *Create DB Instance* declares the database; the boxes before it configure that call, each with what its name
says (those from *Multi-AZ?* to *Configure Encryption* stand in `rds_settings.py`). Which engine it is, the branch of
*Engine Type?* decides; the var `engine` names the edition.

The password of the master user never passes through here: it is made up where it is used and kept in Secrets Manager,
or taken from the secret that `password_secret_arn` names.

On the local target no engine runs behind a database: what is tested is how RDS describes it. Provider 3 does not know
passwords that RDS makes up and renews; there Terraform makes up one, once. What the modules say to provider 6 is
checked against its schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from mermaid_flow import (
    Configure,
    Context,
    Declaration,
    MflowError,
    ModuleCall,
    Output,
    Skipped,
    Value,
    check,
    configure,
    decision,
)

from . import _databases, _placement, _reading, _windows
from ._databases import DATABASE

PASSWORDS = ("password", "master_password", "master_user_password")
UNSUPPORTED = ("create_read_replica", "enable_rds_proxy", "create_performance_alarms")


@check(diagram="rds")
def database_fits(context: Context) -> Iterator[MflowError]:
    """Places, names and windows that cannot work, passwords in the vars, and wishes that no box fulfils."""
    yield from _placement.problems(context.vars, subnets=2)
    yield from _windows.problems(context.vars)
    _databases.identifier(context)
    for name in PASSWORDS:
        if context.vars.get(name) is not None:
            yield MflowError(
                f"{name} would stand in generated files as it is written",
                code="rds.password",
                where=context.vars.where(name),
                hint="leave it out, and a password is made up and kept in Secrets Manager; or put yours there and name"
                " its secret: password_secret_arn",
            )
    for wish in UNSUPPORTED:
        if context.vars.get(wish, bool, False):
            yield MflowError(
                f"{wish} is true, but the RDS diagram has no box for it",
                code="rds.unsupported",
                where=context.vars.where(wish),
                hint="set it to false, or draw the box and bind a handler to it",
            )


@configure("Load RDS Configuration", diagram="rds")
def load_rds_configuration(context: Context) -> list[Declaration | Mapping[str, object]]:
    """The database's name, and with `create_network` a network to try it out in."""
    return [*_placement.own_network(context), {"identifier": _databases.identifier(context)}]


@decision("Engine Type?", diagram="rds", aliases=_databases.ALIASES)
def engine_type(context: Context) -> str:
    """What the var `engine` says; MySQL without it."""
    return context.vars.get("engine", str, "mysql")


@configure(
    "Configure MySQL",
    "Configure PostgreSQL",
    "Configure Aurora",
    "Configure SQL Server",
    "Configure Oracle",
    "Configure MariaDB",
    diagram="rds",
)
def configure_engine(context: Context) -> list[Declaration | Mapping[str, object]]:
    """Engine, version, port and licence of the database, and the family of its parameters."""
    engine = _databases.engine_of(context.vars, context.node.label.removeprefix("Configure "))
    inputs: dict[str, Value] = {
        "engine": engine.name,
        "engine_version": _databases.version(context.vars, engine),
        "port": _reading.number(context.vars, "port", 1150, 65535) or engine.port,
        "iam_database_authentication_enabled": context.vars.get(
            "iam_database_authentication_enabled", bool, engine.iam_login
        ),
    }
    if not engine.is_cluster:
        inputs["license_model"] = context.vars.get("license_model", str, engine.license_model)
    group: dict[str, Value] = {"family": _databases.family(context.vars, engine), "cluster": engine.is_cluster}
    return [
        Configure(DATABASE, inputs),
        Configure("parameter_group", group),
        {"engine": engine.name, "version": inputs["engine_version"], "port": inputs["port"]},
    ]


@configure("Create DB Subnet Group", diagram="rds")
def create_subnet_group(context: Context) -> list[Declaration]:
    """The subnets to lie in: those of the database tier where the VPC has one."""
    subnets = _placement.placement(context, "database").subnet_ids
    call = ModuleCall(
        "db_subnet_group", "subnet_group", {"name": _databases.identifier(context), "subnet_ids": subnets}
    )
    name = call.output("db_subnet_group_name")
    return [
        call,
        Configure(DATABASE, {"db_subnet_group_name": name}),
        Output("db_subnet_group_name", name, "Name of the database's group of subnets"),
    ]


@configure("Create Parameter Group", diagram="rds")
def create_parameter_group(context: Context) -> list[Declaration]:
    """Parameters that make every client use TLS, and those of the var `parameters`."""
    parameters = _databases.parameters(context.vars, _databases.chosen(context))
    call = ModuleCall(
        "db_parameter_group",
        "parameter_group",
        {"name": _databases.identifier(context), "parameters": parameters},
    )
    name = call.output("parameter_group_name")
    return [
        call,
        Configure(DATABASE, {"parameter_group_name": name}),
        Output("db_parameter_group_name", name, "Name of the database's parameter group"),
    ]


@configure("Create Option Group", diagram="rds")
def create_option_group(context: Context) -> list[Declaration] | Skipped:
    """The options of the var `options`, for engines that know any."""
    engine = _databases.chosen(context)
    if not engine.has_options:
        return Skipped(f"{engine.label} has no option groups")
    call = ModuleCall(
        "db_option_group",
        "option_group",
        {
            "name": _databases.identifier(context),
            "engine_name": engine.name,
            "major_engine_version": _databases.major_version(context.vars, engine),
            "options": cast("Value", context.vars.get("options", list[dict[str, object]], [])),
        },
    )
    name = call.output("option_group_name")
    return [
        call,
        Configure(DATABASE, {"option_group_name": name}),
        Output("db_option_group_name", name, "Name of the database's option group"),
    ]


@configure("Create Security Group", diagram="rds")
def create_security_group(context: Context) -> list[Declaration]:
    """A group that lets in who is named: `allowed_security_groups`, `allowed_cidr_blocks`, or else the whole VPC."""
    call = ModuleCall(
        "security_groups",
        "security_group",
        {
            "name": _databases.identifier(context),
            "vpc_id": _placement.placement(context).vpc_id,
            "groups": {"database": {"description": "Who may reach the database", "ingress": _ingress(context)}},
        },
    )
    group = call.output("security_group_ids")["database"]
    return [
        call,
        Configure(DATABASE, {"security_group_ids": [group]}),
        Output("db_security_group_id", group, "Id of the security group that guards the database"),
    ]


def _ingress(context: Context) -> list[Value]:
    port = cast("int", _databases.said(context, "port") or _databases.chosen(context).port)
    groups = context.vars.get("allowed_security_groups", list[str], [])
    ranges = context.vars.get("allowed_cidr_blocks", list[str])
    if ranges is None and not groups:
        whole = _placement.placement(context).vpc_cidr
        if whole is None:
            raise MflowError(
                "nobody could reach the database",
                code="rds.access",
                where=context.vars.where("vpc_id"),
                hint="set allowed_security_groups, allowed_cidr_blocks or vpc_cidr; allowed_cidr_blocks: [] means it",
            )
        ranges = [cast("str", whole)]
    peers = [*groups, *(ranges or [])]
    if not peers:
        return []
    return [{"description": "Clients", "from_port": port, "to_port": port, "peers": peers}]


@configure("Create DB Instance", diagram="rds")
def create_db_instance(context: Context) -> list[Declaration]:
    """The database, with all that the boxes before it have set."""
    engine = _databases.chosen(context)
    variables = context.vars
    inputs: dict[str, Value] = {
        "identifier": _databases.identifier(context),
        "instance_class": variables.get("instance_class", str, "db.t3.medium"),
        "db_name": _database_name(context, engine),
        "username": _username(context, engine),
        "password_secret_arn": variables.get("password_secret_arn", str),
        "publicly_accessible": variables.get("publicly_accessible", bool),
        "ca_cert_identifier": variables.get("ca_cert_identifier", str),
        "copy_tags_to_snapshot": variables.get("copy_tags_to_snapshot", bool),
        "performance_insights_enabled": variables.get("performance_insights_enabled", bool),
        "performance_insights_retention_period": variables.get("performance_insights_retention_period", int),
        "deletion_protection": variables.get("deletion_protection", bool, True),
        "skip_final_snapshot": variables.get("skip_final_snapshot", bool, False),
        "final_snapshot_identifier": variables.get("final_snapshot_identifier", str) or None,
    }
    if engine.is_cluster:
        inputs["instance_count"] = _reading.number(variables, "instance_count", 1, 16)
    else:
        inputs["character_set_name"] = variables.get("character_set_name", str)
        inputs["timezone"] = variables.get("timezone", str)
    # RDS would make the log groups itself, without an end to what they keep.
    after = ("log_groups",) if _databases.said(context, "logs") else ()
    call = ModuleCall("rds_cluster" if engine.is_cluster else "db_instance", DATABASE, inputs, after)
    return [call, *_monitoring(context), *_outputs(call)]


def _monitoring(context: Context) -> Iterator[Declaration]:
    interval = context.vars.get("monitoring_interval", int, 0)
    role: Value = context.vars.get("monitoring_role_arn", str)
    if interval and role is None:
        made = ModuleCall(
            "rds_monitoring_role", "monitoring_role", {"name": f"{_databases.identifier(context)}-monitoring"}
        )
        role = made.output("role_arn")
        yield made
    yield Configure(DATABASE, {"monitoring_interval": interval, "monitoring_role_arn": role})


def _outputs(database: ModuleCall) -> Iterator[Declaration]:
    for name, description in (
        ("identifier", "Identifier of the database"),
        ("arn", "ARN of the database"),
        ("address", "Name of the host to connect to"),
        ("reader_address", "Name of the host for those who only read"),
        ("port", "Port to connect to"),
        ("master_user_secret_arn", "ARN of the secret with the master user's name and password"),
    ):
        yield Output(f"db_{name}", database.output(name), description)


def _database_name(context: Context, engine: _databases.Engine) -> str | None:
    name = context.vars.get("db_name", str) or None
    if name and engine.label == "SQL Server":
        raise MflowError(
            "RDS makes no first database for SQL Server",
            code="rds.db_name",
            where=context.vars.where("db_name"),
            hint="leave out db_name, and create the database when the server is there",
        )
    longest = 8 if engine.label == "Oracle" else 63
    if name and not (name[0].isalpha() and name.replace("_", "").isalnum() and name.isascii() and len(name) <= longest):
        raise MflowError(
            f"db_name {name!r} must begin with a letter and hold up to {longest} letters, digits and underscores",
            code="rds.db_name",
            where=context.vars.where("db_name"),
        )
    return name


def _username(context: Context, engine: _databases.Engine) -> str:
    name = context.vars.get("username", str, "dbadmin")
    if name.casefold() in engine.reserved_users:
        raise MflowError(
            f"{engine.label} keeps the user name {name!r} for itself",
            code="rds.username",
            where=context.vars.where("username"),
            hint="leave it out, and the master user is called dbadmin",
        )
    return name
