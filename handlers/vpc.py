"""The VPC diagram: what each of its boxes declares.

A box declares its own module call and its own outputs. Boxes that come after a decision change what boxes on the other
side of it declared (`CreateNATGateway` gives the private route tables their default route), so that the path taken
decides, and no variable is asked a second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

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
    Variables,
    action,
    check,
    configure,
    decision,
)

from . import _aws, _naming, _network

VPC_ID = Reference("vpc", "vpc_id")
"""The VPC, for every call that lies in it."""


@check(diagram="vpc")
def addresses_fit(context: Context) -> Iterator[MflowError]:
    """Ranges and zones that cannot work, and wishes that no box fulfils."""
    yield from _network.problems(context.vars, context.run.region)
    for wish in ("enable_vpn_gateway", "enable_transit_gateway"):
        if context.vars.get(wish, bool, False):
            yield MflowError(
                f"{wish} is true, but the VPC diagram has no box for it",
                code="vpc.unsupported",
                where=context.vars.where(wish),
                hint="set it to false, or draw the box and bind a handler to it",
            )


@action("Load VPC Configuration", diagram="vpc")
def load_vpc_configuration(context: Context) -> dict[str, object]:
    """See that the region really has the zones: what the vars alone can tell was checked before the run."""
    wanted, offered = _network.zones(context.vars), _aws.availability_zones(context.run)
    if missing := [zone for zone in wanted if zone not in offered]:
        raise MflowError(
            f"{context.run.region} offers no availability zone {', '.join(missing)}",
            code="vpc.zone",
            hint=f"it has {', '.join(offered)}",
        )
    return {"name": _naming.name_prefix(context), "vpc_cidr": context.vars["vpc_cidr"], "availability_zones": wanted}


@configure("Create VPC", diagram="vpc")
def create_vpc(context: Context) -> list[Declaration]:
    """The VPC itself; its default security group is closed."""
    inputs: dict[str, Value] = {
        "name": _naming.name_prefix(context),
        "cidr_block": context.vars.require("vpc_cidr", str),
        "instance_tenancy": context.vars.get("instance_tenancy", str),
        "enable_dns_support": context.vars.get("enable_dns_support", bool),
        "enable_dns_hostnames": context.vars.get("enable_dns_hostnames", bool),
        "dhcp_options": cast("Value", context.vars.get("dhcp_options", dict[str, object])),
    }
    return [
        ModuleCall("vpc", "vpc", inputs),
        Output("vpc_id", VPC_ID, "Id of the VPC"),
        Output("vpc_arn", Reference("vpc", "vpc_arn"), "ARN of the VPC"),
        Output("vpc_cidr", Reference("vpc", "cidr_block"), "IPv4 range of the VPC"),
        Output(
            "default_security_group_id",
            Reference("vpc", "default_security_group_id"),
            "Id of the default security group",
        ),
    ]


@configure("Create Internet Gateway", diagram="vpc")
def create_internet_gateway(context: Context) -> list[Declaration]:
    """An internet gateway; the next box attaches it."""
    call = ModuleCall("internet_gateway", "internet_gateway", {"name": _naming.name_prefix(context)})
    return [call, Output("internet_gateway_id", call.output("internet_gateway_id"), "Id of the internet gateway")]


@configure("Attach IGW to VPC", diagram="vpc")
def attach_internet_gateway(_: Context) -> Configure:
    """The gateway's VPC."""
    return Configure("internet_gateway", {"vpc_id": VPC_ID})


@configure("Create Subnets", diagram="vpc")
def create_subnets(context: Context) -> dict[str, object]:
    """The layout that the next three boxes follow: which range lies in which zone."""
    return dict(_network.layout(context.vars))


@configure("Create Public Subnets", diagram="vpc")
def create_public_subnets(context: Context) -> list[Declaration]:
    """Subnets whose instances get public addresses, unless `map_public_ip_on_launch` says otherwise."""
    public = context.vars.get("map_public_ip_on_launch", bool, True)
    return _tier(context, "public", {"map_public_ip_on_launch": public})


@configure("Create Private Subnets", diagram="vpc")
def create_private_subnets(context: Context) -> list[Declaration]:
    """Subnets for what serves, but is not reached from outside."""
    return _tier(context, "private", {})


@configure("Create Database Subnets", diagram="vpc")
def create_database_subnets(context: Context) -> list[Declaration] | Skipped:
    """Subnets for databases, and the group by which RDS knows them."""
    if not _network.subnets(context.vars, "database"):
        return Skipped("no database_subnets")
    group = ModuleCall(
        "db_subnet_group",
        "database_subnet_group",
        {
            "name": f"{_naming.name_prefix(context)}-database",
            "subnet_ids": Reference("database_subnets", "subnet_ids"),
        },
    )
    name = group.output("db_subnet_group_name")
    return [
        *_tier(context, "database", {}),
        group,
        Output("database_subnet_group_name", name, "Name of the group of database subnets"),
    ]


@configure("Configure Public Route Tables", diagram="vpc")
def configure_public_routes(context: Context) -> list[Declaration]:
    """One table for the public tier, with the internet gateway as its default route."""
    to_internet: dict[str, Value] = {
        "default_route": "internet_gateway",
        "internet_gateway_id": Reference("internet_gateway", "internet_gateway_id"),
    }
    return _routes(context, "public", to_internet)


@decision("NAT Gateway Needed?", diagram="vpc")
def nat_gateway_needed(context: Context) -> bool:
    """Yes, unless `enable_nat_gateway` says no."""
    return context.vars.get("enable_nat_gateway", bool, True)


@configure("Create NAT Gateway", diagram="vpc")
def create_nat_gateway(context: Context) -> list[Declaration]:
    """NAT gateways in the public subnets, and the way to them for the private ones."""
    call = ModuleCall(
        "nat_gateway",
        "nat_gateway",
        {
            "name": _naming.name_prefix(context),
            "strategy": _network.nat_strategy(context.vars),
            "availability_zones": _network.nat_zones(context.vars),
            "subnets": Reference("public_subnets", "subnets"),
        },
        depends_on=("internet_gateway",),
    )
    route: dict[str, Value] = {
        "default_route": "nat_gateway",
        "nat_gateway_ids_by_zone": call.output("nat_gateway_ids_by_zone"),
    }
    return [
        call,
        Configure("private_route_tables", route),
        Output("nat_gateway_ids", call.output("nat_gateway_ids"), "Ids of the NAT gateways"),
        Output("nat_public_ips", call.output("public_ips"), "Addresses that the private subnets are seen with outside"),
    ]


@configure("Configure Private Route Tables", diagram="vpc")
def configure_private_routes(context: Context) -> list[Declaration]:
    """One table for each zone of the private tier; `CreateNATGateway` adds the default route."""
    return _routes(context, "private", {"one_per_az": True})


@configure("Configure Database Route Tables", diagram="vpc")
def configure_database_routes(context: Context) -> list[Declaration] | Skipped:
    """A table without any way out, and a network ACL that keeps the database tier inside the VPC."""
    if not _network.subnets(context.vars, "database"):
        return Skipped("no database_subnets")
    acl: dict[str, Value] = {
        "name": f"{_naming.name_prefix(context)}-database",
        "vpc_id": VPC_ID,
        "subnet_ids": Reference("database_subnets", "subnet_ids"),
        "allowed_cidr_blocks": [context.vars.require("vpc_cidr", str)],
    }
    return [*_routes(context, "database", {}), ModuleCall("network_acl", "database_network_acl", acl)]


@decision("VPC Endpoints Needed?", diagram="vpc")
def endpoints_needed(context: Context) -> bool:
    """What `enable_vpc_endpoints` says; without it, whether `vpc_endpoints` names any."""
    named = context.vars.get("vpc_endpoints", list[str], [])
    return context.vars.get("enable_vpc_endpoints", bool, bool(named))


@configure("Create VPC Endpoints", diagram="vpc")
def create_vpc_endpoints(context: Context) -> list[Declaration]:
    """Endpoints for `vpc_endpoints`; the free ones, S3 and DynamoDB, when none is named."""
    services = context.vars.get("vpc_endpoints", list[str], []) or ["s3", "dynamodb"]
    tiers = [tier for tier in _network.TIERS if _network.subnets(context.vars, tier)]
    call = ModuleCall(
        "vpc_endpoints",
        "vpc_endpoints",
        {
            "name": _naming.name_prefix(context),
            "vpc_id": VPC_ID,
            "vpc_cidr_block": context.vars.require("vpc_cidr", str),
            "region": context.run.region,
            "services": services,
            "route_table_ids": [Reference(f"{tier}_route_tables", "route_table_ids") for tier in tiers],
            "subnet_ids": Reference("private_subnets", "subnet_ids_one_per_az"),
        },
    )
    return [call, Output("vpc_endpoint_ids", call.output("endpoint_ids"), "Ids of the VPC endpoints, by service")]


@configure("Configure Security Groups", diagram="vpc")
def configure_security_groups(context: Context) -> list[Declaration]:
    """A security group for each tier, or those of the var `security_groups`; and the default group's rules."""
    given = context.vars.get("security_groups", dict[str, object])
    call = ModuleCall(
        "security_groups",
        "security_groups",
        {
            "name": _naming.name_prefix(context),
            "vpc_id": VPC_ID,
            "groups": _tier_groups(context.vars) if given is None else cast("Value", given),
        },
    )
    return [
        call,
        Configure("vpc", _default_group_rules(context.vars)),
        Output("security_group_ids", call.output("security_group_ids"), "Ids of the security groups, by tier"),
    ]


@configure("Setup VPC Flow Logs", diagram="vpc")
def setup_flow_logs(context: Context) -> list[Declaration] | Skipped:
    """Flow logs to CloudWatch Logs or S3, and to S3 as well with `flow_logs_s3_backup`."""
    if not context.vars.get("enable_flow_logs", bool, True):
        return Skipped("enable_flow_logs is false")
    kind = context.vars.get("flow_logs_destination_type", str, "cloud-watch-logs")
    declared = _flow_log(context, "flow_logs", kind)
    if context.vars.get("flow_logs_s3_backup", bool, False) and kind != "s3":
        declared += _flow_log(context, "flow_logs_backup", "s3")
    return declared


def _tier(context: Context, tier: str, further: dict[str, Value]) -> list[Declaration]:
    inputs: dict[str, Value] = {
        "name": f"{_naming.name_prefix(context)}-{tier}",
        "vpc_id": VPC_ID,
        "cidr_blocks": _network.subnets(context.vars, tier),
        "availability_zones": _network.zones(context.vars),
    }
    call = ModuleCall("subnets", f"{tier}_subnets", inputs | further)
    return [call, Output(f"{tier}_subnet_ids", call.output("subnet_ids"), f"Ids of the {tier} subnets")]


def _routes(context: Context, tier: str, further: dict[str, Value]) -> list[Declaration]:
    inputs: dict[str, Value] = {
        "name": f"{_naming.name_prefix(context)}-{tier}",
        "vpc_id": VPC_ID,
        "subnets": Reference(f"{tier}_subnets", "subnets"),
    }
    call = ModuleCall("route_tables", f"{tier}_route_tables", inputs | further)
    output = Output(f"{tier}_route_table_ids", call.output("route_table_ids"), f"Ids of the {tier} route tables")
    return [call, output]


def _tier_groups(variables: Variables) -> dict[str, Value]:
    """Who may talk with whom by default: the internet with the public tier by HTTPS, each tier with the next one."""
    service = variables.get("application_port", int, 8080)
    storage = variables.get("database_port", int, 5432)
    administrators = variables.get("management_cidr", str)
    has_database = bool(_network.subnets(variables, "database"))
    groups: dict[str, Value] = {
        "public": {
            "description": "What the internet may reach: HTTPS",
            "ingress": [_rule("HTTPS from anywhere", 443, "0.0.0.0/0")],
            "egress": [_rule("To the private tier", service, "private")],
        },
        "private": {
            "description": "What serves the public tier",
            "ingress": [
                _rule("From the public tier", service, "public"),
                *([_rule("SSH for administrators", 22, administrators)] if administrators else []),
            ],
            "egress": [
                _rule("HTTPS to anywhere", 443, "0.0.0.0/0"),
                *([_rule("To the databases", storage, "database")] if has_database else []),
            ],
        },
    }
    if has_database:
        groups["database"] = {
            "description": "Databases, reached from the private tier only",
            "ingress": [_rule("From the private tier", storage, "private")],
        }
    return groups


def _rule(description: str, port: int, peer: str) -> dict[str, Value]:
    return {"description": description, "from_port": port, "to_port": port, "peers": [peer]}


def _default_group_rules(variables: Variables) -> dict[str, Value]:
    """The default security group's rules. Only what the vars say: None leaves the module's default, a closed group."""
    return {
        f"default_security_group_{direction}_rules": cast(
            "Value", variables.get(f"default_security_group_{direction}_rules", list[dict[str, object]])
        )
        for direction in ("ingress", "egress")
    }


def _flow_log(context: Context, call: str, kind: str) -> list[Declaration]:
    """One flow log, with the bucket that it goes to unless `flow_logs_bucket_arn` names one. A backup never expires."""
    name = f"{_naming.name_prefix(context)}-{call.replace('_', '-')}"
    bucket: Value = context.vars.get("flow_logs_bucket_arn", str)
    retention = context.vars.get("flow_logs_retention_days", int)
    declared: list[Declaration] = []
    if kind == "s3" and bucket is None:
        made = ModuleCall(
            "s3_bucket",
            f"{call}_bucket",
            {
                "name": name,
                "log_delivery": True,
                "expiration_days": retention if call == "flow_logs" else None,
                "force_destroy": context.vars.get("flow_logs_force_destroy", bool),
            },
        )
        bucket = made.output("bucket_arn")
        declared += [made, Output(f"{call}_bucket_name", made.output("bucket_name"), "Bucket of the flow logs")]
    inputs: dict[str, Value] = {
        "name": name,
        "vpc_id": VPC_ID,
        "destination_type": kind,
        "bucket_arn": bucket if kind == "s3" else None,
        "traffic_type": context.vars.get("flow_logs_traffic_type", str),
        "max_aggregation_interval": context.vars.get("flow_logs_aggregation_interval", int),
        "log_format": context.vars.get("flow_logs_custom_format", str),
        "retention_in_days": retention,
        "kms_key_id": context.vars.get("flow_logs_kms_key_id", str),
    }
    log = ModuleCall("flow_logs", call, inputs)
    return [*declared, log, Output(f"{call}_id", log.output("flow_log_id"), "Id of the VPC's flow log")]
