"""What has to be right before an environment is built: tools, credentials, quotas, addresses. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any, cast

from mermaid_flow import Context, MflowError, Problems, RunFailed, Variables
from mermaid_flow.terraform.toolchain import find_toolchain

from . import _aws

QUOTAS: Mapping[str, tuple[str, str, str]] = {
    "VPCs": ("vpc", "L-F678F1CE", "describe_vpcs"),
    "internet gateways": ("vpc", "L-A4707A72", "describe_internet_gateways"),
    "Elastic IPs": ("ec2", "L-0263D0A3", "describe_addresses"),
}
"""What an environment takes of: the service and the code of the quota, and the call of EC2 that lists what is used."""


def examined(context: Context, network: Variables) -> dict[str, object]:
    """What was found. `network` are the settings of the VPC. Raises Problems with everything that is not right."""
    toolchain = find_toolchain()
    account = _aws.account(context.run)
    own = str(context.components.open("vpc").outputs().get("vpc_id", ""))
    quotas, problems = _quotas(context, 0 if own else 1)
    if not context.vars.get("allow_overlapping_cidrs", bool, False):
        problems += _overlaps(context, network, own)
    if problems:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    return {
        "terraform": str(toolchain),
        "account": account,
        "region": context.run.region,
        "availability_zones": _aws.availability_zones(context.run),
        "quotas": quotas,
    }


def _quotas(context: Context, wanted: int) -> tuple[dict[str, str], list[MflowError]]:
    """How much of each quota is used, and which have no room for `wanted` more. One that cannot be asked is said so."""
    found: dict[str, str] = {}
    problems: list[MflowError] = []
    for name, (service, code, listing) in QUOTAS.items():
        with _aws.client(context.run, "ec2") as ec2:
            things = next(value for value in getattr(ec2, listing)().values() if isinstance(value, list))
        limit = _limit(context, service, code)
        found[name] = f"{len(things)} of {limit:g}" if limit is not None else f"{len(things)} of an unknown quota"
        if limit is not None and len(things) + wanted > limit:
            problems.append(
                RunFailed(
                    f"{context.run.region} has {found[name]} {name}, and {wanted} more is needed",
                    code="onboarding.quota",
                    hint="ask AWS for a larger quota (Service Quotas), or clean up",
                )
            )
    return found, problems


def _limit(context: Context, service: str, code: str) -> float | None:
    try:
        with _aws.client(context.run, "service-quotas") as quotas:
            value = cast("Any", quotas).get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"]
    except RunFailed as error:
        context.log.info("the quota %s of %s cannot be asked: %s", code, service, error.message)
        return None
    return float(value)


def _overlaps(context: Context, network: Variables, own: str) -> Iterator[MflowError]:
    """Ranges of other VPCs that the new one's would overlap: the two could never be connected."""
    wanted = IPv4Network(network.require("vpc_cidr", str))
    with _aws.client(context.run, "ec2") as ec2:
        vpcs = cast("Any", ec2).describe_vpcs()["Vpcs"]
    for vpc in vpcs:
        for block in vpc["CidrBlockAssociationSet"]:
            if vpc["VpcId"] != own and wanted.overlaps(IPv4Network(block["CidrBlock"])):
                yield RunFailed(
                    f"{wanted} overlaps {block['CidrBlock']}, the range of {vpc['VpcId']}",
                    code="onboarding.overlap",
                    where=network.where("vpc_cidr"),
                    hint="take another range; or allow_overlapping_cidrs: true, if the two are never to be connected",
                )
