"""What cannot work about the clusters that the vars describe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mermaid_flow import Context, MflowError

from . import _clusters
from ._clusters import Cluster, Group

_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_VERSION = re.compile(r"1\.\d+")
_CLUSTER_NAMES = (
    "enabled",
    "kubernetes_version",
    "endpoint_private_access",
    "endpoint_public_access",
    "private_cluster",
    "public_access_cidrs",
    "subnet_ids",
    "service_ipv4_cidr",
    "enabled_cluster_log_types",
    "addons",
    "tags",
    *_clusters.GROUP_MAPS,
)
_GROUP_NAMES = (
    "enabled",
    "type",
    "instance_types",
    "instance_type",
    "ami_type",
    "ami_id",
    "capacity_type",
    "min_size",
    "min_group_size",
    "desired_size",
    "desired_group_size",
    "max_size",
    "max_group_size",
    "max_unavailable",
    "disk_size",
    "labels",
    "kubernetes_labels",
    "taints",
    "kubernetes_taints",
    "subnet_ids",
    "tags",
    "selectors",
)


def problems(context: Context) -> Iterator[MflowError]:
    """What cannot work about the clusters, with its place in the vars."""
    found = _clusters.clusters(context)
    if not found:
        yield MflowError("no cluster is enabled", code="eks.none", where=context.vars.where("clusters"))
    for cluster in found:
        yield from _cluster_problems(cluster)
        for group in cluster.groups:
            yield from group.section.unknown(_GROUP_NAMES)
            yield from _group_problems(group)


def _cluster_problems(cluster: Cluster) -> Iterator[MflowError]:
    section = cluster.section
    where = section.variables.where
    if section.path:
        yield from section.unknown(_CLUSTER_NAMES)
    if not (_KEY.fullmatch(cluster.key) and _NAME.fullmatch(cluster.name)):
        yield MflowError(
            f"{cluster.name!r} is no name for a cluster: up to 100 letters, digits, - and _",
            code="eks.name",
            where=where(section.path or "cluster_name"),
        )
    version = _clusters.kubernetes_version(section)
    if version is not None and not _VERSION.fullmatch(version):
        yield MflowError(
            f"{version!r} is no version of Kubernetes such as 1.33",
            code="eks.version",
            where=where(section.at("kubernetes_version")),
        )
    if cluster.private and section.get(bool, "endpoint_private_access", "cluster_endpoint_private_access") is False:
        yield MflowError(
            f"nobody could reach the API of {cluster.name}",
            code="eks.endpoint",
            where=where(section.at("endpoint_private_access")),
            hint="set endpoint_private_access or endpoint_public_access to true",
        )


def _group_problems(group: Group) -> Iterator[MflowError]:
    section = group.section
    if group.kind == _clusters.FARGATE:
        if not group.selectors:
            yield MflowError(
                f"{section.path} lacks selectors: the namespaces whose pods it is for",
                code="eks.group",
                where=section.variables.where(section.path),
                hint="selectors: [{namespace: default}]",
            )
        return
    try:
        _clusters.sizes(group)
    except MflowError as error:
        yield error
    if group.kind == _clusters.SELF_MANAGED and len(section.get(list[str], "instance_types") or ()) > 1:
        yield MflowError(
            f"{section.path}: self-managed nodes are of one type",
            code="eks.group",
            where=section.variables.where(section.at("instance_types")),
            hint="make a group for each type",
        )
