"""What the VPC diagram's check says about addresses and zones before anything runs."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import _network
from mermaid_flow.inputs.layers import load_inputs
from mermaid_flow.inputs.variables import Variables

GOOD: dict[str, object] = {
    "vpc_cidr": "10.0.0.0/16",
    "azs": ["eu-west-1a", "eu-west-1b"],
    "public_subnets": ["10.0.0.0/24", "10.0.1.0/24"],
    "private_subnets": ["10.0.2.0/24", "10.0.3.0/24"],
    "database_subnets": ["10.0.4.0/24", "10.0.5.0/24"],
}


def problems(**changed: object) -> list[str]:
    variables = Variables.of({key: value for key, value in {**GOOD, **changed}.items() if value != "absent"})
    return [problem.message for problem in _network.problems(variables, "eu-west-1")]


def test_a_sound_network_has_no_problems() -> None:
    assert problems() == []
    assert problems(database_subnets=[]) == []
    assert problems(azs="absent", availability_zones=GOOD["azs"]) == []
    assert problems(nat_gateway_azs=["eu-west-1b"], nat_gateway_strategy="one_per_az") == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"vpc_cidr": "absent"}, "variable 'vpc_cidr' is missing (a string)"),
        ({"vpc_cidr": "10.0.0.0"}, "'10.0.0.0' is no IPv4 range such as 10.0.0.0/16"),
        ({"vpc_cidr": "ten"}, "'ten' is no IPv4 range such as 10.0.0.0/16"),
        ({"vpc_cidr": "fd00::/56"}, "'fd00::/56' is no IPv4 range such as 10.0.0.0/16"),
        ({"vpc_cidr": "10.0.0.0/8"}, "10.0.0.0/8 must be between /16 and /28: AWS allows no other size"),
        ({"vpc_cidr": "10.0.0.7/16"}, "'10.0.0.7/16' does not begin where its range does"),
        ({"azs": []}, "azs must not be empty"),
        ({"azs": "absent"}, "variable 'azs' is missing (a list of strings)"),
        ({"azs": ["eu-west-1a", "us-east-1b"]}, "zone 'us-east-1b' is not in the region eu-west-1"),
        ({"azs": ["eu-west-1a", "eu-west-1a"]}, "zone 'eu-west-1a' stands twice in azs"),
        ({"public_subnets": []}, "public_subnets must not be empty"),
        ({"private_subnets": "10.0.2.0/24"}, "variable 'private_subnets' must be a list of strings"),
        ({"public_subnets": ["10.0.0.0/24"]}, "public_subnets has 1 range for 2 availability zones"),
        ({"database_subnets": ["10.0.4.0/24"]}, "database_subnets must lie in at least two availability zones"),
        ({"private_subnets": ["10.1.2.0/24", "10.0.3.0/24"]}, "10.1.2.0/24 (private_subnets.0) lies outside"),
        ({"private_subnets": ["10.0.0.128/25", "10.0.3.0/24"]}, "(private_subnets.0) overlaps 10.0.0.0/24"),
        ({"nat_gateway_azs": ["eu-west-1c"]}, "nat_gateway_azs names 'eu-west-1c', which is not one of azs"),
    ],
)
def test_what_cannot_work_is_said(changed: dict[str, object], said: str) -> None:
    (problem,) = problems(**changed)
    assert said in problem


def test_everything_is_said_at_once() -> None:
    assert problems(vpc_cidr="absent", azs=["nowhere"], public_subnets=["10.0.0.0/24", "10.0.0.0/24"]) == [
        "variable 'vpc_cidr' is missing (a string)",
        "zone 'nowhere' is not in the region eu-west-1",
        "database_subnets must lie in at least two availability zones",
        "10.0.0.0/24 (public_subnets.1) overlaps 10.0.0.0/24 (public_subnets.0)",
    ]


def test_a_problem_shows_its_place(tmp_path: Path) -> None:
    file = tmp_path / "vars.yaml"
    file.write_text(
        "vpc_cidr: 10.0.0.0/16\nazs: [eu-west-1a]\npublic_subnets:\n  - 10.0.0.0/24\n"
        "private_subnets:\n  - 10.9.0.0/24\n"
    )
    (problem,) = _network.problems(load_inputs([file]).variables, "eu-west-1")
    assert problem.where is not None
    assert (problem.where.path, problem.where.line, problem.where.column) == (str(file), 6, 5)
    assert problem.where.excerpt == "  - 10.9.0.0/24"


@given(
    st.integers(min_value=1, max_value=6),
    st.integers(min_value=1, max_value=4),
    st.permutations(list(IPv4Network("10.0.0.0/16").subnets(new_prefix=20))),
)
def test_any_division_of_the_range_is_sound_and_spread_evenly(
    zone_count: int, rounds: int, parts: list[IPv4Network]
) -> None:
    zones = [f"eu-west-1{letter}" for letter in "abcdef"[:zone_count]]
    count = zone_count * rounds
    finer = [str(net) for part in parts for net in part.subnets(new_prefix=22)]
    variables = Variables.of(
        {
            "vpc_cidr": "10.0.0.0/16",
            "azs": zones,
            "public_subnets": finer[:count],
            "private_subnets": finer[count : 2 * count],
        }
    )
    assert _network.problems(variables, "eu-west-1") == []
    for tier in ("public", "private"):
        spread = list(_network.layout(variables)[tier].values())
        assert {zone: spread.count(zone) for zone in zones} == dict.fromkeys(zones, rounds)
