"""VPC resources that Terraform would otherwise see a difference in."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.responses.account_attributes import AccountAttributes
from moto.ec2.responses.dhcp_options import DHCPOptions

from mermaid_flow.terraform.emulator.corrections import Original, corrects


@corrects(
    DHCPOptions,
    "create_dhcp_options",
    "moto drops the TagSpecifications of CreateDhcpOptions, so every plan wants to add the tags again",
)
def create_dhcp_options_with_tags(original: Original, response: DHCPOptions) -> ActionResult:
    result: ActionResult = original(response)
    tags = response._parse_tag_specification().get("dhcp-options", {})
    result.result["DhcpOptions"].add_tags(tags)  # type: ignore[index]  # typed as object, always this mapping
    return result


@corrects(
    AccountAttributes,
    "describe_account_attributes",
    "EC2-Classic is gone from AWS; while an account claims it, the provider refuses tags on an address without `vpc`",
)
def describe_account_without_classic(original: Original, response: AccountAttributes) -> ActionResult:
    result: ActionResult = original(response)
    for attribute in result.result["AccountAttributes"]:  # type: ignore[index]  # always this mapping
        if attribute["AttributeName"] == "supported-platforms":
            attribute["AttributeValues"] = [{"AttributeValue": "VPC"}]
    return result
