from __future__ import annotations

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("ec2_instances")
IMAGE = "ami-03cf127a"


def subnet_and_groups() -> tuple[str, str, str]:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    first, second = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("one", "two")
    )
    return subnet, first, second


def run_instance(subnet: str, group: str) -> dict[str, object]:
    interface = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group], "AssociatePublicIpAddress": True}
    [instance] = client("ec2").run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, NetworkInterfaces=[interface])[
        "Instances"
    ]
    return instance


def groups_of(instance: str) -> list[str]:
    [found] = client("ec2").describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    return [group["GroupId"] for group in found["SecurityGroups"]]


@behaviours.shows("take_groups_of_primary_interface")
def an_instance_has_the_groups_of_its_first_interface() -> bool:
    subnet, group, _ = subnet_and_groups()
    [plain] = client("ec2").run_instances(
        ImageId=IMAGE, MinCount=1, MaxCount=1, SubnetId=subnet, SecurityGroupIds=[group]
    )["Instances"]
    return groups_of(str(run_instance(subnet, group)["InstanceId"])) == [group] == groups_of(plain["InstanceId"])


@behaviours.shows("hand_groups_to_instance")
def new_groups_of_the_first_interface_are_the_instances() -> bool:
    subnet, group, other = subnet_and_groups()
    instance = run_instance(subnet, group)
    interface = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]  # type: ignore[index]  # boto3 is untyped
    loose = client("ec2").create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    for changed in (interface, loose):
        client("ec2").modify_network_interface_attribute(NetworkInterfaceId=changed, Groups=[other])
    return groups_of(str(instance["InstanceId"])) == [other]


@behaviours.shows("hand_groups_to_interface")
def new_groups_of_an_instance_are_its_first_interfaces() -> bool:
    subnet, group, other = subnet_and_groups()
    instance = str(run_instance(subnet, group)["InstanceId"])
    client("ec2").modify_instance_attribute(InstanceId=instance, Groups=[other])
    [found] = client("ec2").describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    return [g["GroupId"] for g in found["NetworkInterfaces"][0]["Groups"]] == [other] == groups_of(instance)


@behaviours.shows("monitor_instances", "unmonitor_instances")
def monitoring_can_be_switched_on_and_off() -> bool:
    subnet, group, _ = subnet_and_groups()
    ec2, instance = client("ec2"), str(run_instance(subnet, group)["InstanceId"])
    switches = (ec2.monitor_instances, ec2.unmonitor_instances)
    states = [switch(InstanceIds=[instance])["InstanceMonitorings"][0]["Monitoring"]["State"] for switch in switches]
    return states == ["enabled", "disabled"]


@behaviours.shows("keep_template_tags_out_of_data")
def the_tags_of_a_launch_template_are_not_in_its_data() -> bool:
    ec2 = client("ec2")
    template = [{"ResourceType": "launch-template", "Tags": [{"Key": "Name", "Value": "template"}]}]
    instance = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "instance"}]}]
    for name, data in (("plain", {}), ("tagged", {"TagSpecifications": instance})):
        ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData={"InstanceType": "t3.micro", **data},
            TagSpecifications=template,
        )
    plain, tagged = (
        ec2.describe_launch_template_versions(LaunchTemplateName=name)["LaunchTemplateVersions"][0]
        for name in ("plain", "tagged")
    )
    return (
        "TagSpecifications" not in plain["LaunchTemplateData"]
        and tagged["LaunchTemplateData"]["TagSpecifications"] == instance
    )


@pytest.mark.parametrize("correction", corrections_of("ec2_instances"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
