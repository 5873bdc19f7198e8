"""ElastiCache clusters and replication groups with what the provider reads of them, and their deletion."""

from __future__ import annotations

import inspect
from typing import Any

from moto.core.responses import ActionResult
from moto.elasticache.models import CacheCluster, ElastiCacheBackend, ReplicationGroup
from moto.elasticache.responses import ElastiCacheResponse

from mermaid_flow.terraform.emulator.corrections import Original, corrects, replaces

DEFAULT_VERSIONS = {"redis": "5.0.6", "memcached": "1.6.6"}
"""Engine versions of clusters that are created without one; the provider 3.x crashes on other forms than x.y.z."""
DEFAULT_PORTS = {"redis": 6379, "memcached": 11211}


@corrects(
    CacheCluster,
    "__init__",
    "moto describes clusters without nodes, parameter group and security groups, which the provider reads unchecked",
)
def complete_cluster(original: Original, cluster: CacheCluster, *arguments: Any, **named: Any) -> None:
    original(cluster, *arguments, **named)
    described: dict[str, Any] = vars(cluster)
    engine, region = cluster.engine, named["region_name"]
    described["port"] = int(named["port"] or DEFAULT_PORTS.get(engine, 6379))
    described["engine_version"] = cluster.engine_version or DEFAULT_VERSIONS.get(engine)
    zones = named["preferred_availability_zones"] or [named["preferred_availability_zone"] or f"{region}a"]
    count = described.setdefault("num_cache_nodes", named["num_cache_nodes"] or 1)
    described["preferred_availability_zone"] = zones[0] if len(set(zones)) == 1 else "Multiple"
    described["cache_parameter_group"] = {
        "CacheParameterGroupName": cluster.cache_parameter_group_name or _default_group(cluster),
        "ParameterApplyStatus": "in-sync",
        "CacheNodeIdsToReboot": [],
    }
    described["security_groups"] = [
        {"SecurityGroupId": group, "Status": "active"} for group in cluster.security_group_ids
    ]
    domain = f"{cluster.cache_cluster_id}.local.{region}.cache.amazonaws.com"
    described["cache_nodes"] = [
        {
            "CacheNodeId": f"{number:04}",
            "CacheNodeStatus": "available",
            "CacheNodeCreateTime": cluster.cache_cluster_create_time,
            "Endpoint": {"Address": f"{number:04}.{domain}", "Port": described["port"]},
            "ParameterGroupStatus": "in-sync",
            "CustomerAvailabilityZone": zones[(number - 1) % len(zones)],
        }
        for number in range(1, count + 1)
    ]
    if engine == "memcached":
        described["configuration_endpoint"] = {"Address": f"cfg.{domain}", "Port": described["port"]}


def _default_group(cluster: CacheCluster) -> str:
    major, minor, *_ = (cluster.engine_version or "0.0").split(".")
    return f"default.{cluster.engine}{major}.{minor}"


@corrects(
    ElastiCacheBackend,
    "delete_cache_cluster",
    "moto keeps deleted clusters in `deleting` for ever, and the provider waits for their end",
)
def delete_cluster_at_once(original: Original, backend: ElastiCacheBackend, cache_cluster_id: str) -> CacheCluster:
    cluster: CacheCluster = original(backend, cache_cluster_id)
    del backend.cache_clusters[cache_cluster_id]
    return cluster


@replaces(ElastiCacheResponse, "modify_cache_cluster", "not in moto: changes of a cluster cannot be applied")
def modify_cache_cluster(response: ElastiCacheResponse) -> ActionResult:
    [cluster] = response.elasticache_backend.describe_cache_clusters(response._get_param("CacheClusterId"))
    described: dict[str, Any] = vars(cluster)
    for parameter, attribute in _MODIFIABLE.items():
        if (value := response._get_param(parameter)) is not None:
            described[attribute] = value
    if group := response._get_param("CacheParameterGroupName"):
        described["cache_parameter_group"] = {
            **described["cache_parameter_group"],
            "CacheParameterGroupName": group,
        }
    if (groups := response._get_param("SecurityGroupIds")) is not None:
        described["security_groups"] = [{"SecurityGroupId": group, "Status": "active"} for group in groups]
    return ActionResult({"CacheCluster": cluster})


_MODIFIABLE = {
    "CacheNodeType": "cache_node_type",
    "EngineVersion": "engine_version",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "SnapshotRetentionLimit": "snapshot_retention_limit",
    "SnapshotWindow": "snapshot_window",
}


@corrects(
    ReplicationGroup,
    "_set_node_members_clusters_disabled",
    "moto counts replicas only, the provider sends the number of clusters",
)
def as_many_members_as_asked_for(
    original: Original, group: ReplicationGroup, *, num_cache_clusters: int, replicas_per_node_group: int, **named: Any
) -> None:
    replicas = replicas_per_node_group or num_cache_clusters - 1
    original(group, num_cache_clusters=num_cache_clusters, replicas_per_node_group=replicas, **named)
    named["node_group"]["reader_endpoint"] = {
        "address": named["node_group"]["reader_endpoint_address"],
        "port": group.port,
    }


@corrects(
    ElastiCacheBackend,
    "create_replication_group",
    "moto names a group's member clusters but does not have them; the provider reads the first one. And shards mean "
    "cluster mode, which moto wants to be told as well",
)
def create_replication_group_with_members(
    original: Original, backend: ElastiCacheBackend, **named: Any
) -> ReplicationGroup:
    if named["num_node_groups"] or ".cluster.on" in (named["cache_parameter_group_name"] or ""):
        named["cluster_mode"] = "enabled"
    group: ReplicationGroup = original(backend, **named)
    nothing = dict.fromkeys(inspect.signature(ElastiCacheBackend.create_cache_cluster).parameters)
    del nothing["self"]
    shared = {key: named[key] for key in nothing if key in named}
    for member in group.member_clusters:
        cluster = backend.create_cache_cluster(**{**nothing, **shared, "cache_cluster_id": member})
        vars(cluster)["at_rest_encryption_enabled"] = group.at_rest_encryption_enabled
    return group


@corrects(
    ElastiCacheBackend,
    "delete_replication_group",
    "moto keeps deleted groups in `deleting` for ever, and the provider waits for their end",
)
def delete_replication_group_at_once(
    original: Original, backend: ElastiCacheBackend, replication_group_id: str, retain_primary_cluster: bool | None
) -> ReplicationGroup:
    members = list(backend.describe_replication_groups(replication_group_id)[0].member_clusters)
    group: ReplicationGroup = original(backend, replication_group_id, retain_primary_cluster)
    del backend.replication_groups[replication_group_id]
    for member in members[1:] if retain_primary_cluster else members:
        backend.cache_clusters.pop(member, None)
    return group
