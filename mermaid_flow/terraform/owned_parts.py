"""What one resource shows although another one declares it: the routes of a route table, the rules of a security group.

Providers list such parts in the owner too, and Terraform reads them there first some time after it has created them.
That is no drift; what is listed there and nothing declares is. Nor is a value that moves by itself. Only what stands
here is left out, so that a pair which nobody thought of is reported rather than hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mermaid_flow.terraform.likeness import normal


@dataclass(frozen=True)
class _Pair:
    """Resources of type `part` that name their owner in `reference` appear in the owner's `attribute`.

    `names` are the part's names of fields that are called otherwise in the owner; `only` limits it to parts with these
    values. A `whole` attribute is a single value, the part's field of that name. One that is `filled` gets a value of
    AWS's own once there is such a part; only that it was empty before is no drift.
    """

    attribute: str
    part: str
    reference: str
    names: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, object] = field(default_factory=dict)
    whole: str = ""
    filled: bool = False


_ROUTES = _Pair(
    "route",
    "aws_route",
    "route_table_id",
    {"cidr_block": "destination_cidr_block", "ipv6_cidr_block": "destination_ipv6_cidr_block"},
)
_RULE = {"security_groups": "source_security_group_id"}
_ENTRY = {"rule_no": "rule_number", "action": "rule_action"}

_MOVING: Mapping[str, frozenset[str]] = {
    "aws_db_instance": frozenset({"latest_restorable_time"}),  # the clock of the backups
    "aws_cognito_user_pool_domain": frozenset({"aws_account_id"}),  # the emulator makes up another one each time
}

_ADDRESS = ("association_id", "network_interface", "private_dns", "private_ip")

_PAIRS: Mapping[str, tuple[_Pair, ...]] = {
    "aws_route_table": (_ROUTES,),
    "aws_default_route_table": (_ROUTES,),
    "aws_security_group": tuple(
        _Pair(direction, "aws_security_group_rule", "security_group_id", _RULE, {"type": direction})
        for direction in ("ingress", "egress")
    ),
    "aws_network_acl": tuple(
        _Pair(direction, "aws_network_acl_rule", "network_acl_id", _ENTRY, {"egress": direction == "egress"})
        for direction in ("ingress", "egress")
    ),
    "aws_eip": tuple(
        _Pair(attribute, part, "allocation_id", filled=True)
        for attribute in _ADDRESS
        for part in ("aws_nat_gateway", "aws_eip_association")
    ),
    "aws_iam_role": (
        _Pair("inline_policy", "aws_iam_role_policy", "role"),
        _Pair("managed_policy_arns", "aws_iam_role_policy_attachment", "role", whole="policy_arn"),
    ),
    "aws_s3_bucket": (_Pair("policy", "aws_s3_bucket_policy", "bucket", whole="policy"),),
    "aws_sns_topic": (_Pair("policy", "aws_sns_topic_policy", "arn", whole="policy"),),
    "aws_sqs_queue": (_Pair("policy", "aws_sqs_queue_policy", "queue_url", whole="policy"),),
    "aws_rds_cluster": (
        _Pair("cluster_members", "aws_rds_cluster_instance", "cluster_identifier", whole="identifier"),
    ),
    "aws_vpc": (_Pair("dhcp_options_id", "aws_vpc_dhcp_options_association", "vpc_id", whole="dhcp_options_id"),),
    "aws_vpc_endpoint": (
        _Pair("route_table_ids", "aws_vpc_endpoint_route_table_association", "vpc_endpoint_id", whole="route_table_id"),
        _Pair("subnet_ids", "aws_vpc_endpoint_subnet_association", "vpc_endpoint_id", whole="subnet_id"),
    ),
}


def without_parts(
    resource_type: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    everything: Iterable[tuple[str, Mapping[str, Any]]],
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """A resource before and after, without what other resources (`everything`, by type) declare in it.

    Only attributes that differ are looked at, and of lists only what is not in both.
    """
    moving = _MOVING.get(resource_type, frozenset())
    before = {name: value for name, value in before.items() if name not in moving}
    after = {name: value for name, value in after.items() if name not in moving}
    pairs = _PAIRS.get(resource_type, ())
    if not pairs:
        return before, after
    resources = tuple(everything)
    owner = {value for values in (before, after) for value in (values.get("id"), values.get("arn"), values.get("name"))}
    for pair in pairs:
        was, now = before.get(pair.attribute), after.get(pair.attribute)
        parts = [
            values
            for kind, values in resources
            if kind == pair.part
            and values.get(pair.reference) in owner - {None}
            and all(values.get(name) == wanted for name, wanted in pair.only.items())
        ]
        if was == now or not parts:
            continue
        declared = not isinstance(now, list) and bool(pair.whole) and _is_declared(now, pair, parts)
        if declared or (pair.filled and not was):
            before[pair.attribute] = after[pair.attribute] = None
        elif not pair.filled:
            before[pair.attribute], after[pair.attribute] = _left(was, now, pair, parts), _left(now, was, pair, parts)
    return before, after


def _left(value: Any, other: Any, pair: _Pair, parts: list[Mapping[str, Any]]) -> Any:
    """What of a value is neither in the other one nor declared by parts."""
    if isinstance(value, list):
        return [item for item in value if item not in (other or []) and not _is_declared(item, pair, parts)]
    return None if _is_declared(value, pair, parts) else value


def _is_declared(item: Any, pair: _Pair, parts: list[Mapping[str, Any]]) -> bool:
    if pair.whole:
        return any(normal(part.get(pair.whole)) == normal(item) for part in parts)
    if not isinstance(item, Mapping):
        return False
    single = {name: value for name, value in item.items() if value and not isinstance(value, list)}
    fitting = [
        part
        for part in parts
        if all(normal(part.get(pair.names.get(name, name))) == normal(value) for name, value in single.items())
    ]
    lists = {name: value for name, value in item.items() if isinstance(value, list)}
    return bool(fitting) and all(set(value) <= _listed(name, pair, fitting) for name, value in lists.items())


def _listed(name: str, pair: _Pair, parts: list[Mapping[str, Any]]) -> set[object]:
    """What the parts have in that field together; where the part's field is a single value, those values."""
    found: set[object] = set()
    for part in parts:
        for key in (name, pair.names.get(name, name)):
            value = part.get(key)
            found.update(value if isinstance(value, list) else [value])
    return found
