"""EKS clusters and node groups: updates that the provider can wait for, and nothing that nobody asked for."""

from __future__ import annotations

import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.eks.exceptions import ResourceNotFoundException
from moto.eks.models import Cluster, EKSBackend, Nodegroup
from moto.eks.responses import EKSResponse
from moto.eks.urls import url_paths

from mermaid_flow.terraform.emulator.corrections import Original, Paths, corrects, replaces

update_paths = Paths(
    url_paths,
    EKSResponse.dispatch,
    (
        "{0}/clusters/(?P<name>[^/]+)/updates$",
        "{0}/clusters/(?P<name>[^/]+)/updates/(?P<updateId>[^/]+)$",
        "{0}/clusters/(?P<name>[^/]+)/node-groups/(?P<nodegroupName>[^/]+)/update-version$",
    ),
    "moto has no updates to ask for; the provider waits for each one's success",
)


@corrects(
    Cluster,
    "__init__",
    "moto gives all clusters the same identity provider and API; IAM then refuses the second one's provider",
)
def with_addresses_of_its_own(original: Original, cluster: Cluster, *arguments: Any, **named: Any) -> None:
    original(cluster, *arguments, **named)
    own, region = uuid.uuid4().hex.upper(), named["region_name"]
    cluster.identity = {"oidc": {"issuer": f"https://oidc.eks.{region}.amazonaws.com/id/{own}"}}
    cluster.endpoint = f"https://{own}.gr7.{region}.eks.amazonaws.com"


@corrects(
    Nodegroup,
    "__init__",
    "moto invents an SSH key for node groups without remote access; the provider wants to replace such a group",
)
def without_invented_key(original: Original, group: Nodegroup, *arguments: Any, **named: Any) -> None:
    original(group, *arguments, **named)
    if not named.get("remote_access"):
        vars(group)["remote_access"] = None
        group.resources.pop("remoteAccessSecurityGroup", None)


@corrects(
    EKSBackend,
    "update_cluster_config",
    "an update names only what changes; moto takes it for the whole and forgets the subnets",
)
def merge_cluster_config(
    original: Original, backend: EKSBackend, name: str, resources_vpc_config: dict[str, Any] | None, **named: Any
) -> Cluster:
    cluster = backend.clusters.get(name)
    if cluster and resources_vpc_config:
        resources_vpc_config = {**cluster.resources_vpc_config, **resources_vpc_config}
    updated: Cluster = original(backend, name=name, resources_vpc_config=resources_vpc_config, **named)
    return updated


@corrects(EKSResponse, "update_cluster_config", "moto answers with the cluster instead of the update to wait for")
def update_cluster_config(original: Original, response: EKSResponse) -> ActionResult:
    original(response)
    return successful_update("VpcConfigUpdate" if response._get_param("resourcesVpcConfig") else "LoggingUpdate")


@replaces(EKSResponse, "update_cluster_version", "not in moto: the provider calls it for a new `version`")
def update_cluster_version(response: EKSResponse) -> ActionResult:
    cluster = response.eks_backend.describe_cluster(response._get_param("name"))
    cluster.version = response._get_param("version")
    return successful_update("VersionUpdate")


@replaces(EKSResponse, "update_nodegroup_version", "not in moto: the provider calls it for a new node group version")
def update_nodegroup_version(response: EKSResponse) -> ActionResult:
    group = response.eks_backend.describe_nodegroup(response._get_param("name"), response._get_param("nodegroupName"))
    group.version = response._get_param("version") or group.version
    group.release_version = response._get_param("releaseVersion") or group.release_version
    return successful_update("VersionUpdate")


@replaces(EKSResponse, "describe_update", "not in moto: the provider waits here for each update's success")
def describe_update(response: EKSResponse) -> ActionResult:
    response.eks_backend.describe_cluster(response._get_param("name"))
    return successful_update("ConfigUpdate", response._get_param("updateId"))


def successful_update(kind: str, identifier: str | None = None) -> ActionResult:
    """An update as EKS describes it; here every update is over when it is asked for."""
    update = {"id": identifier or str(uuid.uuid4()), "status": "Successful", "type": kind}
    return ActionResult({"update": {**update, "params": [], "createdAt": utcnow(), "errors": []}})


@corrects(EKSBackend, "tag_resource", "moto tags clusters only, and answers for everything else that it does not exist")
def tag_resource(original: Original, backend: EKSBackend, resource_arn: str, tags: dict[str, str]) -> None:
    if (owned := _tags(backend, resource_arn)) is not None:
        owned.update(tags)
    else:
        original(backend, resource_arn, tags)


@corrects(EKSBackend, "untag_resource", "like tag_resource")
def untag_resource(original: Original, backend: EKSBackend, resource_arn: str, tag_keys: list[str] | str) -> None:
    if (owned := _tags(backend, resource_arn)) is not None:
        for key in [tag_keys] if isinstance(tag_keys, str) else tag_keys:
            owned.pop(key, None)
    else:
        original(backend, resource_arn, tag_keys)


@corrects(EKSBackend, "list_tags_for_resource", "like tag_resource")
def list_tags_for_resource(original: Original, backend: EKSBackend, resource_arn: str) -> dict[str, str]:
    if (owned := _tags(backend, resource_arn)) is not None:
        return owned
    found: dict[str, str] = original(backend, resource_arn)
    return found


def _tags(backend: EKSBackend, arn: str) -> dict[str, str] | None:
    """The tags of a cluster's node group, Fargate profile or add-on, by its ARN."""
    for cluster in backend.clusters.values():
        for group in cluster.nodegroups.values():
            if group.arn == arn:
                return group.tags
        for profile in cluster.fargate_profiles.values():
            if profile.fargate_profile_arn == arn:
                return profile.tags
        for addon in addons(cluster).values():
            if addon["addonArn"] == arn:
                tags: dict[str, str] = addon["tags"]
                return tags
    return None


def addons(cluster: Cluster) -> dict[str, dict[str, Any]]:
    """A cluster's add-ons by name, as EKS describes them. moto has no place for them, so they hang on the cluster."""
    found: dict[str, dict[str, Any]] = vars(cluster).setdefault("addons", {})
    return found


def not_found(message: str) -> ResourceNotFoundException:
    """EKS's own answer for what does not exist."""
    return ResourceNotFoundException(
        clusterName=None, nodegroupName=None, fargateProfileName=None, addonName=None, message=message
    )
