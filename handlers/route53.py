"""The Route53 diagram: zones, records of every type, every routing policy, health checks, logging.

Every box adds its own part to a module call: a type's box the records of that type, a policy's box how those records
are chosen. So the path taken decides what exists, and each argument is found in the file of the box that it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import cast

from mermaid_flow import (
    Configure,
    Context,
    Declaration,
    MflowError,
    ModuleCall,
    Output,
    Problems,
    Reference,
    Value,
    action,
    check,
    configure,
    decision,
)

from . import _dns, _naming, _placement

ZONE_IDS = Reference("zones", "zone_ids")
LOGGING_REGION = "us-east-1"


@check(diagram="route53")
def names_and_records_fit(context: Context) -> Iterable[MflowError]:
    """What cannot work about zones, records and policies."""
    yield from _dns.problems(context.vars)
    if _dns.logged(context.vars) and context.run.region != LOGGING_REGION:
        yield MflowError(
            f"Route 53 logs queries only into {LOGGING_REGION}, and the region is {context.run.region}",
            code="dns.region",
            where=context.vars.where("region"),
            hint=f"set region: {LOGGING_REGION}; zones and records are the same in every region",
        )


@action("Load DNS Configuration", diagram="route53")
def load_dns_configuration(context: Context) -> dict[str, object]:
    """The configuration as it is understood: zones and the full names of records."""
    if found := list(_dns.problems(context.vars)):
        raise Problems(found)
    known = {zone.key: zone for zone in _dns.zones(context.vars)}
    names = {record.key: _dns.full_name(record, known) for record in _dns.records(context.vars)}
    return {"zones": {key: zone.name for key, zone in known.items()}, "records": names}


@configure("Create Hosted Zones", diagram="route53")
def create_hosted_zones(context: Context) -> list[Declaration]:
    """The call that holds all zones, with the delegation set that public ones share if `delegation_set` names one."""
    zones = ModuleCall("route53_zones", "zones", {"delegation_set_name": context.vars.get("delegation_set", str)})
    return [zones, Output("zone_ids", ZONE_IDS, "Ids of the hosted zones by their keys")]


@decision("Zone Type?", diagram="route53")
def zone_type(context: Context) -> list[str]:
    """The kinds of zones that the vars have; several go side by side."""
    kinds = {zone.private for zone in _dns.zones(context.vars)}
    return [label for private, label in ((False, "Public"), (True, "Private")) if private in kinds]


@configure("Create Public Zones", diagram="route53")
def create_public_zones(context: Context) -> Configure:
    """The public zones."""
    found = {zone.key: _zone(zone) for zone in _dns.zones(context.vars) if not zone.private}
    return Configure("zones", {"public_zones": cast("Value", found)})


@configure("Configure NS Records", diagram="route53")
def configure_ns_records(context: Context) -> list[Declaration]:
    """Delegate zones from their parents (`parent_zone`, `parent_zone_id`), and publish the name servers of all."""
    delegations: dict[str, Value] = {}
    for zone in _dns.zones(context.vars):
        parent = {name: zone.settings.get(name) for name in ("parent_zone", "parent_zone_id")}
        if not zone.private and any(parent.values()):
            delegations[zone.key] = cast("Value", {**parent, "ttl": zone.settings.get("ns_ttl", 172800)})
    servers = Output("name_servers", Reference("zones", "name_servers"), "Name servers of the public zones")
    return [Configure("zones", {"delegations": delegations}), servers]


@configure("Create Private Zones", diagram="route53")
def create_private_zones(context: Context) -> list[Declaration]:
    """The private zones, each in its first VPC: its own `vpc_id`, or the one that the component lies in."""
    private = [zone for zone in _dns.zones(context.vars) if zone.private]
    found: dict[str, Value] = {}
    for zone in private:
        own = zone.settings.get("vpc_id")
        vpc = own if isinstance(own, str) else _placement.placement(context).vpc_id
        found[zone.key] = cast("Value", {**_zone(zone), "vpc_id": vpc})
    return [*_placement.own_network(context), Configure("zones", {"private_zones": found})]


@configure("Associate with VPCs", diagram="route53")
def associate_with_vpcs(context: Context) -> Configure:
    """Further VPCs that see a private zone (`vpc_associations`)."""
    found: dict[str, Value] = {}
    for zone in _dns.zones(context.vars):
        listed = zone.settings.get("vpc_associations") if zone.private else None
        for vpc in listed if isinstance(listed, list) else []:
            found[f"{zone.key}/{vpc}"] = {"zone": zone.key, "vpc_id": str(vpc)}
    return Configure("zones", {"associations": found})


@decision("Record Sets Needed?", diagram="route53")
def record_sets_needed(context: Context) -> bool:
    """Whether the vars have records."""
    return bool(_dns.records(context.vars))


@configure("Create Record Sets", diagram="route53")
def create_record_sets(_context: Context) -> list[Declaration]:
    """The call that holds all records; the boxes of their types fill it."""
    records = ModuleCall("route53_records", "records", {"zone_ids": ZONE_IDS})
    return [records, Output("record_fqdns", records.output("fqdns"), "Full names of the records by their keys")]


@decision("Record Type?", diagram="route53")
def record_type(context: Context) -> list[str]:
    """The types of records that the vars have."""
    found = _dns.records(context.vars)
    kinds = ["A/AAAA" if record.kind in ("A", "AAAA") else record.kind for record in found if not record.is_alias]
    return list(dict.fromkeys([*kinds, *("Alias" for record in found if record.is_alias)]))


@configure("Create A/AAAA Records", diagram="route53")
def create_a_records(context: Context) -> Configure:
    """Names to addresses."""
    return _records(context, lambda record: record.kind in ("A", "AAAA") and not record.is_alias)


@configure("Create Alias Records", diagram="route53")
def create_alias_records(context: Context) -> Configure:
    """Names to things inside AWS."""
    return _records(context, lambda record: record.is_alias)


@configure(
    "Create CNAME Records",
    "Create MX Records",
    "Create TXT Records",
    "Create SRV Records",
    "Create CAA Records",
    diagram="route53",
)
def create_records_of_a_type(context: Context) -> Configure:
    """The records of the type that the box names."""
    kind = context.node.label.split()[1]
    return _records(context, lambda record: record.kind == kind and not record.is_alias)


@decision("Routing Policy?", diagram="route53")
def routing_policy(context: Context) -> list[str]:
    """The routing policies that records use."""
    return list(dict.fromkeys(record.policy.capitalize() for record in _dns.records(context.vars)))


@configure("Configure Simple Routing", diagram="route53")
def configure_simple_routing(context: Context) -> list[Declaration]:
    """Records that are alone under their name and type have no policy; several of one name would collide."""
    known = {zone.key: zone for zone in _dns.zones(context.vars)}
    seen: dict[tuple[str, str, str], str] = {}
    for record in _dns.records(context.vars):
        if record.policy != "simple":
            continue
        place = (record.zone, _dns.full_name(record, known), record.kind)
        if place in seen:
            raise MflowError(
                f"{record.key} and {seen[place]} are the same {record.kind} record, {place[1]}",
                code="dns.twice",
                where=context.vars.where(f"records.{record.key}"),
                hint="put their values into one record, or give both a routing policy",
            )
        seen[place] = record.key
    names = sorted(name for _, name, _ in seen)
    return [Output("simple_records", cast("Value", names), "Names that are answered the same way for everybody")]


@configure(
    "Configure Weighted Routing",
    "Configure Latency Routing",
    "Configure Failover Routing",
    "Configure Geolocation Routing",
    "Configure Multivalue Routing",
    diagram="route53",
)
def configure_routing(context: Context) -> Configure:
    """How the records with the box's policy are chosen from."""
    policy = context.node.label.split()[1].casefold()
    found = {record.key: record.routing() for record in _dns.records(context.vars) if record.policy == policy}
    return Configure("records", {"routing": cast("Value", found)})


@decision("Health Checks?", diagram="route53")
def health_checks_needed(context: Context) -> bool:
    """Whether the vars have health checks."""
    return bool(context.vars.get("health_checks", dict[str, object], {}))


@configure("Create Health Checks", diagram="route53")
def create_health_checks(context: Context) -> list[Declaration]:
    """The health checks."""
    checks = context.vars.get("health_checks", dict[str, object], {})
    call = ModuleCall("route53_health_checks", "health_checks", {"health_checks": cast("Value", checks)})
    return [call, Output("health_check_ids", call.output("ids"), "Ids of the health checks by name")]


@configure("Associate Health Checks with Records", diagram="route53")
def associate_health_checks(context: Context) -> list[Declaration]:
    """Records answer only while their `health_check` is well."""
    found: dict[str, Value] = {
        record.key: Reference("health_checks", "ids")[str(record.settings["health_check"])]
        for record in _dns.records(context.vars)
        if record.settings.get("health_check")
    }
    return [Configure("records", {"health_check_ids": found})] if found else []


@decision("Traffic Policies?", diagram="route53")
def traffic_policies_needed(context: Context) -> bool:
    """Whether the vars have traffic policies."""
    return bool(context.vars.get("traffic_policies", dict[str, object], {}))


@configure("Create Traffic Policies", diagram="route53")
def create_traffic_policies(context: Context) -> list[Declaration]:
    """Traffic policies, and the names that answer by them."""
    found: dict[str, Value] = {}
    for name, value in context.vars.get("traffic_policies", dict[str, object], {}).items():
        policy = value if isinstance(value, Mapping) else {}
        zone = policy.get("zone_name")
        settings: dict[str, object] = {"document": _dns.document(policy), "comment": policy.get("comment")}
        if zone is not None:
            settings |= {"zone_id": ZONE_IDS[str(zone)], "record": policy.get("record"), "ttl": policy.get("ttl", 60)}
        found[name] = cast("Value", settings)
    call = ModuleCall("route53_traffic_policies", "traffic_policies", {"policies": found})
    return [call, Output("traffic_policy_ids", call.output("policy_ids"), "Ids of the traffic policies by name")]


@decision("Query Logging?", diagram="route53")
def query_logging_needed(context: Context) -> bool:
    """Whether any public zone has `enable_query_logging`."""
    return bool(_dns.logged(context.vars))


@configure("Enable Query Logging", diagram="route53")
def enable_query_logging(context: Context) -> list[Declaration]:
    """Log the queries of public zones."""
    zones = {zone.key: {"name": zone.name, "zone_id": ZONE_IDS[zone.key]} for zone in _dns.logged(context.vars)}
    call = ModuleCall(
        "route53_query_logging",
        "query_logging",
        {
            "name": f"{_naming.name_prefix(context)}-route53-query-logging",
            "zones": cast("Value", zones),
            "retention_in_days": context.vars.get("query_log_retention_days", int),
            "kms_key_id": context.vars.get("query_log_kms_key_id", str),
        },
    )
    return [call, Output("query_log_groups", call.output("log_group_names"), "Log groups of the queries by zone")]


def _zone(zone: _dns.Zone) -> dict[str, object]:
    settings = {name: zone.settings[name] for name in ("comment", "force_destroy") if name in zone.settings}
    return {"name": zone.name, **settings}


def _records(context: Context, wanted: Callable[[_dns.Record], bool]) -> Configure:
    known = {zone.key: zone for zone in _dns.zones(context.vars)}
    found = {r.key: r.declared(_dns.full_name(r, known)) for r in _dns.records(context.vars) if wanted(r)}
    return Configure("records", {"records": cast("Value", found)})
