"""The EKS diagram with all its example vars: the clusters are what the vars ask for, and nothing stays behind."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from mermaid_flow.engine.record import RunRecord
from mermaid_flow.terraform.local_cloud import LocalCloud
from tests.catalog.harness import Catalog, Made, assert_every_edge_was_taken, live, live_side_by_side

ACCOUNT = "230000000001"


@pytest.mark.terraform
@pytest.mark.slow
def test_every_example_lives(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    lives = [
        partial(live, catalog, "eks", "eks/public-self-managed.yaml", look),
        partial(live, catalog, "eks", "eks/two-clusters.yaml", look),
        partial(in_the_vpc_of_its_environment, catalog),
    ]
    records = live_side_by_side(lives)
    assert_every_edge_was_taken(records)
    prepared = catalog.prepare("eks", "eks/two-clusters.yaml")
    assert catalog.client(prepared, "eks").list_clusters()["clusters"] == []
    assert catalog.client(prepared, "iam").list_roles()["Roles"] == []
    assert catalog.client(prepared, "iam").list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    assert catalog.client(prepared, "autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert catalog.client(prepared, "ec2").describe_launch_templates()["LaunchTemplates"] == []


def in_the_vpc_of_its_environment(catalog: Catalog) -> RunRecord:
    """A private cluster in the private subnets of the environment's VPC, which has an endpoint for S3 already."""
    where = ["environment=prod", "namespace=acme", "enable_dns_hostnames=true", "vpc_endpoints=[s3]"]
    ranges = ["azs=[eu-west-1a, eu-west-1b]", "public_subnets=[10.60.0.0/24, 10.60.4.0/24]"]
    ranges += ["private_subnets=[10.60.1.0/24, 10.60.5.0/24]", "enable_vpc_endpoints=true"]
    network = catalog.prepare("vpc", "vpc/minimal.yaml", sets=[*where, *ranges])
    vpc = Made(catalog, network, catalog.run(network)).outputs

    def look_where_it_lies(made: Made) -> None:
        look(made)
        (cluster,) = Clusters(made).described.values()
        assert set(cluster["resourcesVpcConfig"]["subnetIds"]) == set(vpc["private_subnet_ids"])
        assert made.outputs["vpc_id"] == vpc["vpc_id"]
        assert "s3" not in made.outputs["vpc_endpoint_ids"]

    sets = ["create_network=false"]
    try:
        return live(catalog, "eks", "eks/private-managed.yaml", look_where_it_lies, sets=sets)
    finally:
        catalog.destroy(network)


def look(made: Made) -> None:
    """Compare what the emulated AWS has with what the vars ask for."""
    clusters = Clusters(made)
    for key in clusters.wanted:
        clusters.is_what_was_asked_for(key)
        clusters.is_encrypted_and_logged(key)
        clusters.vouches_for_its_pods(key)
        clusters.has_managed_groups(key)
        clusters.has_its_own_nodes(key)
        clusters.has_fargate_profiles(key)
        clusters.has_addons(key)
    clusters.has_endpoints()
    clusters.lets_nodes_and_control_planes_talk()
    clusters.wrote_its_files()


class Clusters:
    """The clusters as boto3 sees them; `wanted` are their vars by key."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.vars = made.vars
        self.outputs = made.outputs
        self.eks, self.iam = made.client("eks"), made.client("iam")
        every: Mapping[str, Mapping[str, Any]] = made.vars.get("clusters") or {"main": made.vars}
        self.wanted = {key: wanted for key, wanted in every.items() if wanted.get("enabled", True)}
        assert list(self.outputs["cluster_names"]) == sorted(self.wanted)
        self.described = {
            key: self.eks.describe_cluster(name=self.outputs["cluster_names"][key])["cluster"] for key in self.wanted
        }

    def is_what_was_asked_for(self, key: str) -> None:
        wanted, cluster = self.wanted[key], self.described[key]
        parts = [self.vars["namespace"], self.vars["environment"]]
        parts += [key] if "clusters" in self.vars else [self.vars.get("cluster_name")]
        assert cluster["name"] == "-".join(part for part in parts if part)
        assert cluster["version"] == wanted.get("kubernetes_version", self.vars.get("default_kubernetes_version"))
        place = cluster["resourcesVpcConfig"]
        assert place["endpointPublicAccess"] is wanted.get("endpoint_public_access", False)
        assert place["endpointPrivateAccess"] is True
        if place["endpointPublicAccess"]:
            assert place["publicAccessCidrs"] == wanted["public_access_cidrs"]
        assert place["securityGroupIds"] == [self.outputs["security_group_ids"]["cluster"]]
        assert len(place["subnetIds"]) == 2
        assert cluster["roleArn"] == self.outputs["cluster_role_arn"]
        assert self.policies(cluster["roleArn"]) == {"AmazonEKSClusterPolicy"}
        tags = {"ManagedBy": "mermaid-flow", "Environment": self.vars["environment"], **wanted.get("tags", {})}
        assert cluster["tags"].items() >= tags.items()

    def policies(self, role_arn: str) -> set[str]:
        attached = self.iam.list_attached_role_policies(RoleName=role_arn.rpartition("/")[2])["AttachedPolicies"]
        return {policy["PolicyName"] for policy in attached}

    def is_encrypted_and_logged(self, key: str) -> None:
        cluster = self.described[key]
        (encryption,) = cluster["encryptionConfig"]
        assert encryption["provider"]["keyArn"] == self.outputs["kms_key_arn"]
        everything = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
        wanted = self.wanted[key].get("enabled_cluster_log_types", everything)
        logged = [kind for setup in cluster["logging"]["clusterLogging"] if setup["enabled"] for kind in setup["types"]]
        assert sorted(logged) == sorted(wanted)
        groups = self.made.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/eks/{cluster['name']}/")
        assert [group["retentionInDays"] for group in groups["logGroups"]] == (
            [self.vars.get("cluster_log_retention_period", 365)] if wanted else []
        )

    def vouches_for_its_pods(self, key: str) -> None:
        """The identity provider is there, and only the right service accounts can take on the roles."""
        issuer = self.described[key]["identity"]["oidc"]["issuer"].removeprefix("https://")
        provider = self.outputs["oidc_provider_arns"][key]
        assert self.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider)["Url"] == issuer
        wanted = {"cluster_autoscaler_role_arns": "cluster-autoscaler"}
        if self.vars.get("enable_aws_load_balancer_controller", True):
            wanted["load_balancer_controller_role_arns"] = "aws-load-balancer-controller"
        else:
            assert "load_balancer_controller_role_arns" not in self.outputs
        for output, account in wanted.items():
            name = self.outputs[output][key].rpartition("/")[2]
            (trust,) = self.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
            assert trust["Principal"] == {"Federated": provider}
            assert trust["Condition"]["StringEquals"] == {
                f"{issuer}:sub": f"system:serviceaccount:kube-system:{account}",
                f"{issuer}:aud": "sts.amazonaws.com",
            }
        document = self.policy_of(self.outputs["cluster_autoscaler_role_arns"][key])
        (changing,) = [s for s in document["Statement"] if "autoscaling:SetDesiredCapacity" in s["Action"]]
        owned = f"aws:ResourceTag/k8s.io/cluster-autoscaler/{self.described[key]['name']}"
        assert changing["Condition"]["StringEquals"][owned] == ["owned"]

    def policy_of(self, role_arn: str) -> Mapping[str, Any]:
        attached = self.iam.list_attached_role_policies(RoleName=role_arn.rpartition("/")[2])["AttachedPolicies"]
        (arn,) = [policy["PolicyArn"] for policy in attached]
        version = self.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document: Mapping[str, Any] = self.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"][
            "Document"
        ]
        return document

    def groups(self, key: str, name: str, kind: str) -> dict[str, Mapping[str, Any]]:
        """The groups that the vars have for a cluster in a map, but for those that say that they are something else."""
        given: Mapping[str, Mapping[str, Any]] = self.wanted[key].get(name, {})
        return {group: wanted for group, wanted in given.items() if wanted.get("type", kind) == kind}

    def has_managed_groups(self, key: str) -> None:
        cluster = self.described[key]["name"]
        wanted = self.groups(key, "node_groups", "managed")
        assert set(self.eks.list_nodegroups(clusterName=cluster)["nodegroups"]) == set(wanted)
        for name, vars_ in wanted.items():
            group = self.eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
            assert group["nodegroupArn"] == self.outputs["node_group_arns"][f"{key}/{name}"]
            assert group["instanceTypes"] == vars_["instance_types"]
            assert group["capacityType"] == vars_.get("capacity_type", "ON_DEMAND")
            assert group["labels"] == vars_.get("labels", {})
            sizes = group["scalingConfig"]
            assert sizes == {f"{size}Size": vars_[f"{size}_size"] for size in ("min", "desired", "max")}
            assert self.policies(group["nodeRole"]) >= {"AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"}
            template = self.template(group["launchTemplate"]["id"])
            self.is_safe(template, vars_.get("disk_size", 50))

    def template(self, identifier: str) -> Mapping[str, Any]:
        """The data of the newest version of a launch template."""
        versions = self.made.client("ec2").describe_launch_template_versions(
            LaunchTemplateId=identifier, Versions=["$Latest"]
        )
        data: Mapping[str, Any] = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]
        return data

    def is_safe(self, template: Mapping[str, Any], disk_size: int) -> None:
        """Disks are encrypted, and the metadata asks for a token and answers no pods."""
        assert template["MetadataOptions"]["HttpTokens"] == "required"
        assert template["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
        (disk,) = template["BlockDeviceMappings"]
        assert disk["Ebs"]["Encrypted"] is True
        assert disk["Ebs"]["VolumeSize"] == disk_size
        assert self.outputs["security_group_ids"]["nodes"] in template["SecurityGroupIds"]

    def has_its_own_nodes(self, key: str) -> None:
        for name, vars_ in self.groups(key, "self_managed_node_groups", "self-managed").items():
            cluster = self.described[key]
            group_name = self.outputs["autoscaling_group_names"][f"{key}/{name}"]
            (group,) = self.made.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[group_name])[
                "AutoScalingGroups"
            ]
            assert (group["MinSize"], group["DesiredCapacity"], group["MaxSize"]) == (
                vars_["min_size"],
                vars_["desired_size"],
                vars_["max_size"],
            )
            assert len(group["Instances"]) == vars_["desired_size"]
            found = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
            assert found[f"k8s.io/cluster-autoscaler/{cluster['name']}"] == "owned"
            assert found[f"kubernetes.io/cluster/{cluster['name']}"] == "owned"
            template = self.template(group["LaunchTemplate"]["LaunchTemplateId"])
            self.is_safe(template, 50)
            assert template["ImageId"] == vars_["ami_id"]
            assert template["InstanceType"] == vars_.get("instance_type", "t3.medium")
            self.joins(template, cluster, vars_)

    def joins(self, template: Mapping[str, Any], cluster: Mapping[str, Any], vars_: Mapping[str, Any]) -> None:
        """An instance is told which cluster it belongs to."""
        text = base64.b64decode(template["UserData"]).decode()
        config = yaml.safe_load(text.partition("Content-Type: application/node.eks.aws\n\n")[2].partition("--BOUN")[0])
        assert config["spec"]["cluster"] == {
            "name": cluster["name"],
            "apiServerEndpoint": cluster["endpoint"],
            "certificateAuthority": cluster["certificateAuthority"]["data"],
            "cidr": cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"],
        }
        flags = config["spec"]["kubelet"]["flags"]
        assert flags == (
            ["--node-labels=gpu=false,role=worker", "--register-with-taints=trial=:PreferNoSchedule"]
            if "labels" in vars_
            else []
        )

    def has_fargate_profiles(self, key: str) -> None:
        cluster = self.described[key]["name"]
        wanted = {
            **self.groups(key, "node_groups", "fargate"),
            **self.groups(key, "fargate_profiles", "fargate"),
        }
        wanted = {name: vars_ for name, vars_ in wanted.items() if "selectors" in vars_}
        assert set(self.eks.list_fargate_profiles(clusterName=cluster)["fargateProfileNames"]) == set(wanted)
        for name, vars_ in wanted.items():
            profile = self.eks.describe_fargate_profile(clusterName=cluster, fargateProfileName=name)["fargateProfile"]
            assert profile["fargateProfileArn"] == self.outputs["fargate_profile_arns"][f"{key}/{name}"]
            found = sorted((each["namespace"], each.get("labels") or {}) for each in profile["selectors"])
            assert found == sorted((each["namespace"], each.get("labels", {})) for each in vars_["selectors"])
            assert self.policies(profile["podExecutionRoleArn"]) == {"AmazonEKSFargatePodExecutionRolePolicy"}

    def has_addons(self, key: str) -> None:
        cluster, wanted = self.described[key]["name"], self.wanted[key].get("addons", {})
        assert sorted(self.eks.list_addons(clusterName=cluster)["addons"]) == sorted(wanted)
        for name in wanted:
            addon = self.eks.describe_addon(clusterName=cluster, addonName=name)["addon"]
            said = wanted[name] if isinstance(wanted, dict) else None
            version = said.get("version") if isinstance(said, dict) else said
            assert version in (None, addon["addonVersion"])
            assert self.outputs["addon_versions"][key][name] == addon["addonVersion"]

    def has_endpoints(self) -> None:
        private = not all(wanted.get("endpoint_public_access", False) for wanted in self.wanted.values())
        if not private:
            assert "vpc_endpoint_ids" not in self.outputs
            return
        found = self.made.client("ec2").describe_vpc_endpoints(
            Filters=[{"Name": "vpc-id", "Values": [self.outputs["vpc_id"]]}]
        )["VpcEndpoints"]
        services = {endpoint["ServiceName"].removeprefix("com.amazonaws.eu-west-1.") for endpoint in found}
        needed = self.vars.get("vpc_endpoints") or ["ec2", "ecr.api", "ecr.dkr", "sts", "logs", "s3"]
        assert services >= set(needed)

    def lets_nodes_and_control_planes_talk(self) -> None:
        listed = self.made.client("ec2").describe_security_groups(
            GroupIds=list(self.outputs["security_group_ids"].values())
        )["SecurityGroups"]
        groups = {group["GroupId"]: group for group in listed}
        cluster, nodes = (self.outputs["security_group_ids"][name] for name in ("cluster", "nodes"))
        assert (443, nodes) in peers(groups[cluster]["IpPermissions"])
        assert {(10250, cluster), (1025, cluster)} <= peers(groups[nodes]["IpPermissions"])
        allowed = {(443, peer) for peer in self.vars.get("allowed_cidr_blocks", [])}
        assert {peer for peer in peers(groups[cluster]["IpPermissions"]) if "/" in peer[1]} == allowed
        assert not any("/" in peer[1] for peer in peers(groups[nodes]["IpPermissions"]))
        assert {peer for peer in peers(groups[nodes]["IpPermissionsEgress"]) if "/" in peer[1]} == {(443, "0.0.0.0/0")}

    def wrote_its_files(self) -> None:
        """A kubeconfig for every cluster, and providers, chart values and the way in for own nodes beside it."""
        (visit,) = self.made.record.nodes["CreateKubeconfig"].visits
        config = yaml.safe_load(Path(str(visit.values["kubeconfig"])).read_text())
        assert {entry["name"]: entry["cluster"]["server"] for entry in config["clusters"]} == {
            cluster["name"]: cluster["endpoint"] for cluster in self.described.values()
        }
        (visit,) = self.made.record.nodes["ConfigureKubernetesProviders"].visits
        folder = Path(str(visit.values["folder"]))
        assert sorted(path.name for path in folder.iterdir() if path.name in visit.values["files"]) == sorted(
            visit.values["files"]
        )
        for cluster in self.described.values():
            assert json.dumps(cluster["endpoint"]) in (folder / "providers.tf").read_text()
        for key, cluster in self.described.items():
            values = yaml.safe_load((folder / f"cluster-autoscaler-{key}.yaml").read_text())
            assert values["autoDiscovery"] == {"clusterName": cluster["name"]}
        own = any("self_managed_node_groups" in wanted for wanted in self.wanted.values())
        assert (folder / "aws-auth.yaml").exists() is own


def peers(rules: list[Mapping[str, Any]]) -> set[tuple[int | None, str]]:
    """First port and peer of each rule."""
    return {
        (rule.get("FromPort"), peer)
        for rule in rules
        for peer in [
            *(each["GroupId"] for each in rule["UserIdGroupPairs"]),
            *(each["CidrIp"] for each in rule["IpRanges"]),
        ]
    }
