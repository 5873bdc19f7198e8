"""A component on the local target: the real AWS provider, the emulated AWS, and what boto3 then sees."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from mermaid_flow.handlers.calls import Configure, ModuleCall, Output
from mermaid_flow.terraform.library import ModuleLibrary
from mermaid_flow.terraform.progress import ApplySummary, ComponentEvent
from mermaid_flow.terraform.settings import Settings
from mermaid_flow.terraform.targets import LocalTarget
from mermaid_flow.terraform.toolchain import find_toolchain
from mermaid_flow.terraform.workspace import TerraformComponents

MODULES = Path(__file__).parents[2] / "terraform" / "modules"
NASTY = '${file("/etc/passwd")} %{ if true } "quoted" \\ $${x} é'


@pytest.mark.terraform
def test_a_vpc_is_made_as_declared_changed_by_nothing_and_destroyed(local_target: LocalTarget, tmp_path: Path) -> None:
    events: list[ComponentEvent] = []
    versions = local_target.provider_versions()
    library = ModuleLibrary([MODULES], provider_versions=versions, cache=tmp_path / "cache")

    def run(name: str) -> TerraformComponents:
        settings = Settings(
            find_toolchain().path,
            library,
            local_target,
            name,
            tmp_path / "components",
            tmp_path / "logs",
            events.append,
        )
        return TerraformComponents(settings, diagram="vpc", labels={}, environment={})

    vpc = ModuleCall("vpc", "vpc", {"name": "net", "cidr_block": "10.0.0.0/16", "enable_dns_hostnames": False})
    subnets = ModuleCall(
        "subnets",
        "subnets",
        {
            "name": "net",
            "vpc_id": vpc.output("vpc_id"),
            "cidr_blocks": ["10.0.0.0/24"],
            "availability_zones": ["us-east-1a"],
        },
    )
    for name in ("run-1", "run-2"):
        components = run(name)
        component = components.open("vpc")
        component.declare("CreateVPC", [vpc])
        component.declare("CreateSubnets", [subnets])
        component.declare("TagResources", [Configure("*", {"tags": {"Nasty": NASTY}})])
        component.declare("OutputValues", [Output("vpc_id", vpc.output("vpc_id"))])
        component.apply(prune=True)
        identity = str(component.outputs()["vpc_id"])
        components.close()
    first, second = [event for event in events if isinstance(event, ApplySummary)]
    assert (first.add, first.change, first.destroy) == (3, 0, 0)
    assert (second.add, second.change, second.destroy) == (0, 0, 0)

    environment = local_target.environment()
    ec2 = boto3.client(
        "ec2",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    (found,) = ec2.describe_vpcs(VpcIds=[identity])["Vpcs"]
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"Name": "net", "Nasty": NASTY}

    components = run("run-3")
    components.open("vpc").destroy()
    components.close()
    assert [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
