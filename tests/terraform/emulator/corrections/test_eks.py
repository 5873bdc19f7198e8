from __future__ import annotations

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("eks")
ROLE = "arn:aws:iam::123456789012:role/this"


def create_cluster() -> None:
    client("eks").create_cluster(name="this", roleArn=ROLE, resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]})


def create_node_group() -> dict[str, object]:
    create_cluster()
    group: dict[str, object] = client("eks").create_nodegroup(
        clusterName="this", nodegroupName="group", subnets=["subnet-1"], nodeRole=ROLE, tags={"Name": "group"}
    )["nodegroup"]
    return group


@behaviours.shows("with_addresses_of_its_own")
def two_clusters_have_addresses_of_their_own() -> bool:
    subnets = {"subnetIds": ["subnet-1", "subnet-2"]}
    made = [client("eks").create_cluster(name=name, roleArn=ROLE, resourcesVpcConfig=subnets) for name in ("a", "b")]
    endpoints = {each["cluster"]["endpoint"] for each in made}
    issuers = {each["cluster"]["identity"]["oidc"]["issuer"] for each in made}
    regional = all(".us-east-1." in address for address in (*endpoints, *issuers))
    return regional and len(endpoints) == len(issuers) == 2


@behaviours.shows("without_invented_key")
def a_node_group_has_remote_access_only_when_asked_for() -> bool:
    group = create_node_group()
    asked_for = client("eks").create_nodegroup(
        clusterName="this",
        nodegroupName="open",
        subnets=["subnet-1"],
        nodeRole=ROLE,
        remoteAccess={"ec2SshKey": "mine"},
    )["nodegroup"]
    return "remoteAccess" not in group and asked_for["remoteAccess"]["ec2SshKey"] == "mine"


@behaviours.shows("merge_cluster_config")
def an_update_keeps_what_it_does_not_name() -> bool:
    create_cluster()
    client("eks").update_cluster_config(name="this", resourcesVpcConfig={"endpointPrivateAccess": True})
    config = client("eks").describe_cluster(name="this")["cluster"]["resourcesVpcConfig"]
    return bool(config["subnetIds"] == ["subnet-1", "subnet-2"] and config["endpointPrivateAccess"])


@behaviours.shows("update_cluster_config")
def an_update_can_be_waited_for() -> bool:
    create_cluster()
    logging = {"clusterLogging": [{"types": ["audit"], "enabled": True}]}
    update = client("eks").update_cluster_config(name="this", logging=logging)["update"]
    return update["type"] == "LoggingUpdate" and bool(update["id"])


@behaviours.shows("update_paths", "describe_update")
def the_state_of_an_update_can_be_asked_for() -> bool:
    create_cluster()
    update = client("eks").describe_update(name="this", updateId="some-id")["update"]
    return bool(update["status"] == "Successful" and update["id"] == "some-id")


@behaviours.shows("update_cluster_version")
def a_cluster_gets_another_version() -> bool:
    create_cluster()
    client("eks").update_cluster_version(name="this", version="1.30")
    return bool(client("eks").describe_cluster(name="this")["cluster"]["version"] == "1.30")


@behaviours.shows("update_nodegroup_version")
def a_node_group_gets_another_version() -> bool:
    create_node_group()
    client("eks").update_nodegroup_version(clusterName="this", nodegroupName="group", version="1.30")
    group = client("eks").describe_nodegroup(clusterName="this", nodegroupName="group")["nodegroup"]
    return bool(group["version"] == "1.30" and group["releaseVersion"])


@behaviours.shows("tag_resource", "untag_resource", "list_tags_for_resource")
def everything_in_a_cluster_can_be_tagged() -> bool:
    eks, group = client("eks"), create_node_group()["nodegroupArn"]
    profile = eks.create_fargate_profile(
        clusterName="this", fargateProfileName="profile", podExecutionRoleArn=ROLE, selectors=[{"namespace": "default"}]
    )["fargateProfile"]["fargateProfileArn"]
    cluster = eks.describe_cluster(name="this")["cluster"]["arn"]
    for arn in (group, profile, cluster):
        eks.tag_resource(resourceArn=arn, tags={"Team": "blue", "Old": "yes"})
        eks.untag_resource(resourceArn=arn, tagKeys=["Old"])
    tags = [eks.list_tags_for_resource(resourceArn=arn)["tags"] for arn in (group, profile, cluster)]
    return tags == [{"Name": "group", "Team": "blue"}, {"Team": "blue"}, {"Team": "blue"}]


@pytest.mark.parametrize("correction", corrections_of("eks"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
