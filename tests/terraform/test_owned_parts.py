"""What another resource declares in its owner is no drift; everything else in the same place is."""

from __future__ import annotations

from typing import Any

from mermaid_flow.terraform.owned_parts import without_parts

ROUTE = {"route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0", "gateway_id": "igw-1"}
IN_TABLE = {"cidr_block": "0.0.0.0/0", "gateway_id": "igw-1", "nat_gateway_id": "", "ipv6_cidr_block": ""}


def left(kind: str, attribute: str, before: Any, after: Any, *parts: tuple[str, dict[str, Any]]) -> tuple[Any, Any]:
    owner = {"id": "x-1", "arn": "arn:x", "name": "x"}
    was, now = without_parts(kind, {**owner, attribute: before}, {**owner, attribute: after}, parts)
    return was[attribute], now[attribute]


def test_a_route_that_is_a_resource_is_no_drift_of_its_table() -> None:
    own = {**ROUTE, "route_table_id": "x-1"}
    assert left("aws_route_table", "route", [], [IN_TABLE], ("aws_route", own)) == ([], [])
    assert left("aws_route_table", "route", [IN_TABLE], [], ("aws_route", own)) == ([], [])


def test_a_route_of_another_table_or_to_elsewhere_explains_nothing() -> None:
    elsewhere = {**IN_TABLE, "gateway_id": "igw-9"}
    own = {**ROUTE, "route_table_id": "x-1"}
    assert left("aws_route_table", "route", [], [IN_TABLE], ("aws_route", ROUTE)) == ([], [IN_TABLE])
    assert left("aws_route_table", "route", [], [IN_TABLE, elsewhere], ("aws_route", own)) == ([], [elsewhere])


def rule(direction: str, port: int, *ranges: str) -> tuple[str, dict[str, Any]]:
    values = {"security_group_id": "x-1", "type": direction, "protocol": "tcp", "cidr_blocks": list(ranges)}
    return "aws_security_group_rule", {**values, "from_port": port, "to_port": port, "self": False}


def opened(port: int, *ranges: str) -> dict[str, Any]:
    values = {"protocol": "tcp", "cidr_blocks": list(ranges), "from_port": port, "to_port": port, "self": False}
    return {**values, "security_groups": [], "description": ""}


def test_rules_of_a_security_group_are_joined_by_the_provider() -> None:
    merged = opened(443, "10.0.0.0/16", "10.1.0.0/16")
    rules = (rule("ingress", 443, "10.0.0.0/16"), rule("ingress", 443, "10.1.0.0/16"))
    assert left("aws_security_group", "ingress", [], [merged], *rules) == ([], [])


def test_an_open_port_is_found_even_where_a_rule_of_the_other_direction_says_the_same() -> None:
    wide = opened(443, "0.0.0.0/0")
    assert left("aws_security_group", "ingress", [], [wide], rule("egress", 443, "0.0.0.0/0")) == ([], [wide])
    joined = opened(443, "10.0.0.0/16", "0.0.0.0/0")
    rules = (rule("ingress", 443, "10.0.0.0/16"), rule("egress", 443, "0.0.0.0/0"))
    assert left("aws_security_group", "ingress", [], [joined], *rules) == ([], [joined])


def test_a_policy_that_is_a_resource_is_compared_by_what_it_says() -> None:
    part = ("aws_s3_bucket_policy", {"bucket": "x-1", "policy": '{"Version": "1", "Statement": []}'})
    assert left("aws_s3_bucket", "policy", None, '{"Statement":[],"Version":"1"}', part) == (None, None)
    assert left("aws_s3_bucket", "policy", None, '{"Version":"2"}', part) == (None, '{"Version":"2"}')


def test_attached_policies_are_listed_in_the_role() -> None:
    part = ("aws_iam_role_policy_attachment", {"role": "x", "policy_arn": "arn:p"})
    assert left("aws_iam_role", "managed_policy_arns", [], ["arn:p", "arn:q"], part) == ([], ["arn:q"])


def test_what_an_address_gets_with_its_gateway_is_no_drift_and_a_change_of_it_is() -> None:
    gateway = ("aws_nat_gateway", {"allocation_id": "x-1"})
    assert left("aws_eip", "private_ip", "", "10.0.0.4", gateway) == (None, None)
    assert left("aws_eip", "private_ip", "10.0.0.4", "10.0.0.5", gateway) == ("10.0.0.4", "10.0.0.5")
    assert left("aws_eip", "private_ip", "", "10.0.0.4") == ("", "10.0.0.4")


def test_options_of_a_network_that_a_resource_gives_it_are_no_drift() -> None:
    part = ("aws_vpc_dhcp_options_association", {"vpc_id": "x-1", "dhcp_options_id": "dopt-1"})
    assert left("aws_vpc", "dhcp_options_id", "default", "dopt-1", part) == (None, None)
    assert left("aws_vpc", "dhcp_options_id", "default", "dopt-2", part) == ("default", "dopt-2")
    assert left("aws_vpc", "dhcp_options_id", "dopt-1", "dopt-2", part) == (None, "dopt-2")


def test_a_clock_is_no_drift() -> None:
    found = without_parts("aws_db_instance", {"latest_restorable_time": "1"}, {"latest_restorable_time": "2"}, [])
    assert found == ({}, {})


def test_what_is_not_a_block_is_left_alone() -> None:
    own = {**ROUTE, "route_table_id": "x-1"}
    assert left("aws_route_table", "route", [], ["odd"], ("aws_route", own)) == ([], ["odd"])
    assert left("aws_vpc", "route", [], [1]) == ([], [1])
