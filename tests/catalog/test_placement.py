"""Where components lie: by their vars, by the VPC of their environment, or in a network of their own."""

from __future__ import annotations

import pytest

from handlers import _placement
from mermaid_flow import MflowError, ModuleCall, Reference, Variables
from mermaid_flow.testing import make_context

VPC_OUTPUTS = {
    "vpc_id": "vpc-1",
    "vpc_cidr": "10.0.0.0/16",
    "private_subnet_ids": ["subnet-1", "subnet-2"],
    "database_subnet_ids": ["subnet-3", "subnet-4"],
    "private_route_table_ids": ["rtb-1"],
    "vpc_endpoint_ids": {"s3": "vpce-1"},
}


def test_vars_say_where() -> None:
    given = {"vpc_id": "vpc-9", "subnet_ids": ["subnet-8", "subnet-9"]}
    context = make_context(vars=given, outputs={"vpc": VPC_OUTPUTS})
    assert _placement.placement(context) == _placement.Placement("vpc-9", None, ["subnet-8", "subnet-9"], [])
    context = make_context(vars={**given, "vpc_cidr": "10.9.0.0/16"})
    assert _placement.placement(context).vpc_cidr == "10.9.0.0/16"
    assert _placement.own_network(context) == []


def test_without_them_the_vpc_of_the_environment_does() -> None:
    context = make_context(outputs={"vpc": VPC_OUTPUTS})
    assert _placement.placement(context) == _placement.Placement(
        "vpc-1", "10.0.0.0/16", ["subnet-1", "subnet-2"], ["rtb-1"], frozenset({"s3"})
    )
    assert _placement.placement(context, "database").subnet_ids == ["subnet-3", "subnet-4"]
    assert _placement.placement(context, "isolated").subnet_ids == ["subnet-1", "subnet-2"]


def test_another_component_can_be_named() -> None:
    context = make_context(
        vars={"vpc_component": "vpc/services", "vpc_cidr": "10.7.0.0/16"},
        outputs={
            "vpc/services": {"vpc_id": "vpc-7", "private_subnet_ids": ["subnet-7"]},
        },
    )
    assert _placement.placement(context) == _placement.Placement("vpc-7", "10.7.0.0/16", ["subnet-7"], [])


@pytest.mark.parametrize("outputs", [{}, {"vpc_id": "vpc-1"}, {"private_subnet_ids": ["subnet-1"]}])
def test_without_a_vpc_it_says_what_to_do(outputs: dict[str, object]) -> None:
    with pytest.raises(MflowError) as caught:
        _placement.placement(make_context(outputs={"vpc": outputs}))
    assert caught.value.code == "placement.nowhere"
    assert "create_network" in caught.value.hint


def test_a_network_of_its_own_lies_in_two_zones() -> None:
    context = make_context(vars={"create_network": True, "environment": "trial"})
    vpc, subnets = _placement.own_network(context)
    assert isinstance(vpc, ModuleCall)
    assert isinstance(subnets, ModuleCall)
    assert subnets.inputs["availability_zones"] == ["us-east-1a", "us-east-1b"]
    assert subnets.inputs["name"] == "trial-private"
    place = _placement.placement(context)
    assert (place.vpc_id, place.vpc_cidr) == (Reference("network_vpc", "vpc_id"), vpc.inputs["cidr_block"])
    assert place.subnet_ids == Reference("network_subnets", "subnet_ids")
    assert place.route_table_ids == [Reference("network_vpc", "main_route_table_id")]


def test_a_network_of_its_own_lies_in_the_zones_of_the_vars() -> None:
    zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    context = make_context(vars={"create_network": True, "availability_zones": zones})
    _, subnets = _placement.own_network(context)
    assert isinstance(subnets, ModuleCall)
    assert subnets.inputs["availability_zones"] == zones[:2]


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({}, []),
        ({"create_network": True}, []),
        ({"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"]}, []),
        ({"vpc_id": "vpc-1"}, ["placement.half"]),
        ({"subnet_ids": ["subnet-1", "subnet-2"]}, ["placement.half"]),
        ({"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-1"]}, ["placement.subnets"]),
        ({"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"], "create_network": True}, ["placement.both"]),
    ],
)
def test_half_a_place_and_two_places_are_refused(given: dict[str, object], codes: list[str]) -> None:
    found = _placement.problems(Variables.of(given), subnets=2)
    assert [problem.code for problem in found] == codes
