"""The addresses of a VPC: which subnet lies where, and what cannot be right about it. Looks at the vars only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from ipaddress import IPv4Network
from itertools import combinations
from typing import TypeVar

from mermaid_flow import MflowError, Variables
from mermaid_flow.errors import did_you_mean

T = TypeVar("T")

TIERS = ("public", "private", "database")
NAT_STRATEGIES = ("single", "one_per_az")
SHORTEST_PREFIX, LONGEST_PREFIX = 16, 28
"""The sizes that AWS allows for VPCs and subnets."""


def zones(variables: Variables) -> list[str]:
    """The availability zones: `azs`, or `availability_zones` as shared settings call them. Raises MflowError."""
    return _filled(variables, _zones_variable(variables))


def _zones_variable(variables: Variables) -> str:
    return "availability_zones" if "azs" not in variables and "availability_zones" in variables else "azs"


def subnets(variables: Variables, tier: str) -> list[str]:
    """The ranges of a tier's subnets; only `database_subnets` may be left out. Raises MflowError."""
    if tier == "database":
        return variables.get("database_subnets", list[str], [])
    return _filled(variables, f"{tier}_subnets")


def _filled(variables: Variables, variable: str) -> list[str]:
    if listed := variables.require(variable, list[str]):
        return listed
    raise MflowError(f"{variable} must not be empty", code="vpc.empty", where=variables.where(variable))


def layout(variables: Variables) -> dict[str, dict[str, str]]:
    """The availability zone of each subnet by range, by tier: in turn, as the module `subnets` spreads them.

    Raises MflowError.
    """
    spread = zones(variables)
    return {
        tier: {cidr: spread[index % len(spread)] for index, cidr in enumerate(subnets(variables, tier))}
        for tier in TIERS
    }


def nat_zones(variables: Variables) -> list[str]:
    """The zones that may get NAT gateways: `nat_gateway_azs`, or all. Raises MflowError."""
    return variables.get("nat_gateway_azs", list[str]) or zones(variables)


def nat_strategy(variables: Variables) -> str:
    """How many NAT gateways: `single` or `one_per_az`. Raises MflowError for any other `nat_gateway_strategy`."""
    strategy = variables.get("nat_gateway_strategy", str, "single")
    if strategy in NAT_STRATEGIES:
        return strategy
    raise MflowError(
        f"nat_gateway_strategy must be {' or '.join(NAT_STRATEGIES)}, not {strategy!r}",
        code="vpc.strategy",
        where=variables.where("nat_gateway_strategy"),
        hint=did_you_mean(strategy, NAT_STRATEGIES),
    )


def problems(variables: Variables, region: str) -> list[MflowError]:
    """Everything that is wrong with the addresses and zones of a VPC, each with its place in the vars."""
    unreadable: list[MflowError] = []

    def attempt(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except MflowError as error:
            unreadable.append(error)
            return None

    vpc = attempt(lambda: variables.require("vpc_cidr", str)) or ""
    spread = attempt(lambda: zones(variables)) or []
    wanted = attempt(lambda: variables.get("nat_gateway_azs", list[str])) or []
    ranges = {tier: attempt(partial(subnets, variables, tier)) or [] for tier in TIERS}
    return [
        *unreadable,
        *_zone_problems(variables, spread, wanted, region),
        *_spread_problems(variables, ranges, len(spread)),
        *_range_problems(variables, vpc, ranges),
    ]


def _zone_problems(
    variables: Variables, spread: Sequence[str], wanted: Sequence[str], region: str
) -> Iterator[MflowError]:
    variable = _zones_variable(variables)
    for index, zone in enumerate(spread):
        where = variables.where(f"{variable}.{index}")
        if not zone.startswith(region):
            hint = f"its zones are called {region}a, {region}b, …"
            yield MflowError(f"zone {zone!r} is not in the region {region}", code="vpc.zone", where=where, hint=hint)
        elif zone in spread[:index]:
            yield MflowError(f"zone {zone!r} stands twice in {variable}", code="vpc.zone", where=where)
    for index, zone in enumerate(wanted):
        if spread and zone not in spread:
            yield MflowError(
                f"nat_gateway_azs names {zone!r}, which is not one of {variable}",
                code="vpc.zone",
                where=variables.where(f"nat_gateway_azs.{index}"),
                hint=did_you_mean(zone, spread),
            )


def _spread_problems(
    variables: Variables, ranges: Mapping[str, Sequence[str]], zone_count: int
) -> Iterator[MflowError]:
    for tier in ("public", "private"):
        count = len(ranges[tier])
        if zone_count and count % zone_count:
            yield MflowError(
                f"{tier}_subnets has {count} range{'' if count == 1 else 's'} for {zone_count} availability zones",
                code="vpc.spread",
                where=variables.where(f"{tier}_subnets"),
                hint="give each availability zone equally many",
            )
    if ranges["database"] and zone_count and min(len(ranges["database"]), zone_count) < 2:
        yield MflowError(
            "database_subnets must lie in at least two availability zones",
            code="vpc.spread",
            where=variables.where("database_subnets"),
            hint="RDS takes no subnet group with fewer",
        )


def _range_problems(variables: Variables, vpc: str, ranges: Mapping[str, Sequence[str]]) -> Iterator[MflowError]:
    written = {"vpc_cidr": vpc} if vpc else {}
    written |= {f"{tier}_subnets.{index}": text for tier in TIERS for index, text in enumerate(ranges[tier])}
    networks: dict[str, IPv4Network] = {}
    for variable, text in written.items():
        try:
            networks[variable] = _network(text)
        except MflowError as error:
            error.where = variables.where(variable)
            yield error
    whole = networks.pop("vpc_cidr", None)
    for variable, network in networks.items():
        if whole and not network.subnet_of(whole):
            message = f"{network} ({variable}) lies outside the VPC's range {whole}"
            yield MflowError(message, code="vpc.outside", where=variables.where(variable))
    for (first, one), (second, other) in combinations(networks.items(), 2):
        if one.overlaps(other):
            message = f"{other} ({second}) overlaps {one} ({first})"
            yield MflowError(message, code="vpc.overlap", where=variables.where(second))


def _network(text: str) -> IPv4Network:
    try:
        network = IPv4Network(text, strict=False)
        if "/" not in text:
            raise ValueError("a single address")
    except ValueError:
        raise MflowError(f"{text!r} is no IPv4 range such as 10.0.0.0/16", code="vpc.cidr") from None
    if str(network) != text:
        raise MflowError(f"{text!r} does not begin where its range does", code="vpc.cidr", hint=f"write {network}")
    if not SHORTEST_PREFIX <= network.prefixlen <= LONGEST_PREFIX:
        raise MflowError(
            f"{text} must be between /{SHORTEST_PREFIX} and /{LONGEST_PREFIX}: AWS allows no other size",
            code="vpc.cidr",
        )
    return network
