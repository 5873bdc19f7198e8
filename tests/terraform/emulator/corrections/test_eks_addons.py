from __future__ import annotations

import pytest
from moto import mock_aws

from mermaid_flow.terraform.emulator.corrections import corrected, corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client
from tests.terraform.emulator.corrections.test_eks import create_cluster

behaviours = Behaviours("eks_addons")


@behaviours.shows("addon_paths", "create_addon", "describe_addon")
def an_add_on_is_there_once_created() -> bool:
    create_cluster()
    client("eks").create_addon(clusterName="this", addonName="coredns", tags={"Name": "dns"})
    addon = client("eks").describe_addon(clusterName="this", addonName="coredns")["addon"]
    return (
        addon["status"] == "ACTIVE"
        and addon["tags"] == {"Name": "dns"}
        and addon["addonArn"].startswith("arn:aws:eks:us-east-1:123456789012:addon/this/coredns/")
        and bool(addon["addonVersion"])
    )


@behaviours.shows("list_addons", "update_addon", "delete_addon")
def an_add_on_is_updated_listed_and_deleted() -> bool:
    eks = client("eks")
    create_cluster()
    eks.create_addon(clusterName="this", addonName="coredns", serviceAccountRoleArn="arn:aws:iam::1:role/dns")
    update = eks.update_addon(clusterName="this", addonName="coredns", addonVersion="v1.9.3-eksbuild.2")["update"]
    addon = eks.describe_addon(clusterName="this", addonName="coredns")["addon"]
    listed = eks.list_addons(clusterName="this")["addons"]
    eks.delete_addon(clusterName="this", addonName="coredns")
    return (
        update["status"] == "Successful"
        and addon["addonVersion"] == "v1.9.3-eksbuild.2"
        and addon["serviceAccountRoleArn"] == "arn:aws:iam::1:role/dns"
        and listed == ["coredns"]
        and eks.list_addons(clusterName="this")["addons"] == []
    )


@pytest.mark.parametrize("correction", corrections_of("eks_addons"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)


def test_an_add_on_is_tagged_like_everything_in_a_cluster() -> None:
    with corrected("eks"), corrected("eks_addons"), mock_aws():
        create_cluster()
        first, addon = (
            client("eks").create_addon(clusterName="this", addonName=name)["addon"]["addonArn"]
            for name in ("coredns", "vpc-cni")
        )
        client("eks").tag_resource(resourceArn=addon, tags={"Team": "blue"})
        assert client("eks").list_tags_for_resource(resourceArn=first)["tags"] == {}
        assert client("eks").list_tags_for_resource(resourceArn=addon)["tags"] == {"Team": "blue"}


def test_an_add_on_that_does_not_exist_is_not_found() -> None:
    with corrected("eks_addons"), mock_aws():
        create_cluster()
        with pytest.raises(client("eks").exceptions.ResourceNotFoundException, match="coredns"):
            client("eks").describe_addon(clusterName="this", addonName="coredns")
