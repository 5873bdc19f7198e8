from __future__ import annotations

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("ec2_network")


@behaviours.shows("create_dhcp_options_with_tags")
def dhcp_options_are_created_with_their_tags() -> bool:
    tags = [{"Key": "Name", "Value": "options"}]
    options = client("ec2").create_dhcp_options(
        DhcpConfigurations=[{"Key": "domain-name", "Values": ["example.internal"]}],
        TagSpecifications=[{"ResourceType": "dhcp-options", "Tags": tags}],
    )["DhcpOptions"]["DhcpOptionsId"]
    [found] = client("ec2").describe_dhcp_options(DhcpOptionsIds=[options])["DhcpOptions"]
    return bool(found["Tags"] == tags)


@behaviours.shows("describe_account_without_classic")
def an_account_has_no_classic_network() -> bool:
    attributes = client("ec2").describe_account_attributes()["AccountAttributes"]
    [platforms] = [found for found in attributes if found["AttributeName"] == "supported-platforms"]
    return [value["AttributeValue"] for value in platforms["AttributeValues"]] == ["VPC"]


@pytest.mark.parametrize("correction", corrections_of("ec2_network"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
