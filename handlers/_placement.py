"""Where a component lies: the VPC and the subnets that it needs and does not make.

The vars say so: `vpc_id`, `subnet_ids` and `vpc_cidr`. Without them it is the VPC of the same environment, by the
outputs of the component `vpc` (or of the one that `vpc_component` names). With `create_network: true` a component
brings a small private network of its own, so that it can be tried out alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mermaid_flow import Context, Declaration, MflowError, ModuleCall, Reference, Value, Variables

from . import _naming

OWN_CIDR = "10.99.0.0/16"
OWN_SUBNETS = ("10.99.0.0/20", "10.99.16.0/20")


@dataclass(frozen=True, slots=True)
class Placement:
    """The VPC, its IPv4 range and the subnets to use, as values for module calls.

    `vpc_cidr` is None where the vars name a VPC and not its range. `route_table_ids` are those that the subnets use, as
    far as somebody says, and `endpoints` the services to which the VPC has endpoints already.
    """

    vpc_id: Value
    vpc_cidr: Value
    subnet_ids: Value
    route_table_ids: Value = ()
    endpoints: frozenset[str] = frozenset()


def problems(variables: Variables, *, subnets: int = 1) -> Iterator[MflowError]:
    """What cannot be right about `vpc_id` and `subnet_ids`. `subnets` is how many there must be at least."""
    own = variables.get("create_network", bool, False)
    vpc, listed = variables.get("vpc_id", str), variables.get("subnet_ids", list[str])
    if own and (vpc or listed):
        yield MflowError(
            "create_network is true, and the vars name a network as well",
            code="placement.both",
            where=variables.where("create_network"),
            hint="leave out create_network, or vpc_id and subnet_ids",
        )
    elif bool(vpc) != bool(listed):
        given, missing = ("vpc_id", "subnet_ids") if vpc else ("subnet_ids", "vpc_id")
        yield MflowError(
            f"{given} needs {missing} beside it",
            code="placement.half",
            where=variables.where(given),
            hint="without both, the component vpc of the environment says where",
        )
    if listed and len(set(listed)) < subnets:
        yield MflowError(
            f"subnet_ids names {len(set(listed))} of the {subnets} subnets that are needed, in different zones",
            code="placement.subnets",
            where=variables.where("subnet_ids"),
        )


def own_network(context: Context) -> list[Declaration]:
    """The calls that make the component's own network; none unless `create_network` is true."""
    if not context.vars.get("create_network", bool, False):
        return []
    zones = context.vars.get("availability_zones", list[str]) or [f"{context.run.region}{zone}" for zone in "ab"]
    name = _naming.name_prefix(context)
    vpc = ModuleCall(
        "vpc",
        "network_vpc",
        {
            "name": name,
            "cidr_block": OWN_CIDR,
            # Nobody asks for names in a network for trials, and the provider waits 10 seconds for them.
            "enable_dns_hostnames": context.vars.get("enable_dns_hostnames", bool, False),
        },
    )
    subnets = ModuleCall(
        "subnets",
        "network_subnets",
        {
            "name": f"{name}-private",
            "vpc_id": vpc.output("vpc_id"),
            "cidr_blocks": list(OWN_SUBNETS),
            "availability_zones": zones[: len(OWN_SUBNETS)],
        },
    )
    return [vpc, subnets]


def placement(context: Context, *tiers: str) -> Placement:
    """Where to lie. Of the component `vpc`, the subnets of the first of `tiers` that it has, or the private ones.

    Raises MflowError when nothing says where.
    """
    variables = context.vars
    cidr = variables.get("vpc_cidr", str)
    if variables.get("create_network", bool, False):
        routes = [Reference("network_vpc", "main_route_table_id")]
        subnet_ids = Reference("network_subnets", "subnet_ids")
        return Placement(Reference("network_vpc", "vpc_id"), OWN_CIDR, subnet_ids, routes)
    if vpc := variables.get("vpc_id", str):
        routes_there = variables.get("route_table_ids", list[str], [])
        return Placement(vpc, cidr, variables.require("subnet_ids", list[str]), routes_there)
    component = variables.get("vpc_component", str, "vpc")
    outputs = context.components.open(component).outputs()
    found, subnets = outputs.get("vpc_id"), _subnets(outputs, tiers)
    if not isinstance(found, str) or not subnets:
        raise MflowError(
            f"there is no VPC to put it in: the vars have no vpc_id, and the component {component!r} has no outputs",
            code="placement.nowhere",
            hint="run the diagram vpc in this environment first, or set vpc_id and subnet_ids"
            " (create_network: true makes a network to try things out in)",
        )
    known, endpoints = outputs.get("vpc_cidr"), outputs.get("vpc_endpoint_ids")
    return Placement(
        found,
        known if isinstance(known, str) else cidr,
        subnets,
        _ids(outputs, "private_route_table_ids"),
        frozenset(endpoints) if isinstance(endpoints, Mapping) else frozenset(),
    )


def _subnets(outputs: Mapping[str, object], tiers: tuple[str, ...]) -> list[str]:
    return next((listed for tier in (*tiers, "private") if (listed := _ids(outputs, f"{tier}_subnet_ids"))), [])


def _ids(outputs: Mapping[str, object], name: str) -> list[str]:
    listed = outputs.get(name)
    return [str(item) for item in listed] if isinstance(listed, list) else []
