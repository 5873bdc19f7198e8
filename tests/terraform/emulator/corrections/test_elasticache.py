from __future__ import annotations

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("elasticache")

NODE = "cache.t3.micro"


@behaviours.shows("complete_cluster")
def a_cluster_is_described_with_all_that_it_has() -> bool:
    cache = client("elasticache")
    cache.create_cache_cluster(CacheClusterId="redis", Engine="redis", CacheNodeType=NODE, SecurityGroupIds=["sg-1"])
    cache.create_cache_cluster(
        CacheClusterId="memcached",
        Engine="memcached",
        CacheNodeType=NODE,
        NumCacheNodes=2,
        PreferredAvailabilityZones=["us-east-1a", "us-east-1b"],
    )
    redis, memcached = (
        cache.describe_cache_clusters(CacheClusterId=name, ShowCacheNodeInfo=True)["CacheClusters"][0]
        for name in ("redis", "memcached")
    )
    return (
        redis["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis5.0"
        and redis["EngineVersion"] == "5.0.6"
        and redis["SecurityGroups"][0]["SecurityGroupId"] == "sg-1"
        and [node["Endpoint"]["Port"] for node in redis["CacheNodes"]] == [6379]
        and redis["PreferredAvailabilityZone"] == "us-east-1a"
        and memcached["PreferredAvailabilityZone"] == "Multiple"
        and [node["CustomerAvailabilityZone"] for node in memcached["CacheNodes"]] == ["us-east-1a", "us-east-1b"]
        and memcached["ConfigurationEndpoint"]["Port"] == 11211
    )


@behaviours.shows("delete_cluster_at_once")
def a_deleted_cluster_is_gone() -> bool:
    client("elasticache").create_cache_cluster(CacheClusterId="this", Engine="redis", CacheNodeType=NODE)
    client("elasticache").delete_cache_cluster(CacheClusterId="this")
    return client("elasticache").describe_cache_clusters()["CacheClusters"] == []


@behaviours.shows("modify_cache_cluster")
def a_cluster_can_be_changed() -> bool:
    cache = client("elasticache")
    cache.create_cache_cluster(CacheClusterId="this", Engine="redis", CacheNodeType=NODE)
    cache.modify_cache_cluster(
        CacheClusterId="this",
        EngineVersion="6.2.6",
        SnapshotRetentionLimit=3,
        CacheParameterGroupName="mine",
        SecurityGroupIds=["sg-2"],
    )
    cache.modify_cache_cluster(CacheClusterId="this", CacheNodeType="cache.m5.large")
    [found] = cache.describe_cache_clusters(CacheClusterId="this")["CacheClusters"]
    return (
        found["EngineVersion"] == "6.2.6"
        and found["SnapshotRetentionLimit"] == 3
        and found["CacheParameterGroup"]["CacheParameterGroupName"] == "mine"
        and found["SecurityGroups"] == [{"SecurityGroupId": "sg-2", "Status": "active"}]
        and found["CacheNodeType"] == "cache.m5.large"
    )


def create_group(**settings: object) -> dict[str, object]:
    described = {"ReplicationGroupDescription": "this", "Engine": "redis", "CacheNodeType": NODE}
    client("elasticache").create_replication_group(ReplicationGroupId="this", **described, **settings)
    [group] = client("elasticache").describe_replication_groups(ReplicationGroupId="this")["ReplicationGroups"]
    return dict(group)


@behaviours.shows("as_many_members_as_asked_for", "create_replication_group_with_members")
def a_group_has_its_member_clusters() -> bool:
    cache = client("elasticache")
    group = create_group(NumCacheClusters=2, Tags=[{"Key": "Name", "Value": "this"}])
    clusters = cache.describe_cache_clusters()["CacheClusters"]
    tags = cache.list_tags_for_resource(ResourceName=clusters[0]["ARN"])["TagList"]
    [shard] = group["NodeGroups"]  # type: ignore[misc]  # boto3 is untyped
    return (
        group["MemberClusters"] == [cluster["CacheClusterId"] for cluster in clusters] == ["this-001", "this-002"]
        and clusters[1]["ReplicationGroupId"] == "this"
        and tags == [{"Key": "Name", "Value": "this"}]
        and shard["ReaderEndpoint"]["Port"] == 6379
    )


@behaviours.shows("create_replication_group_with_members")
def a_group_with_shards_is_in_cluster_mode() -> bool:
    group = create_group(NumNodeGroups=2, ReplicasPerNodeGroup=1)
    clusters = client("elasticache").describe_cache_clusters()["CacheClusters"]
    members = ["this-0001-001", "this-0001-002", "this-0002-001", "this-0002-002"]
    return (
        bool(group["ClusterEnabled"])
        and "ConfigurationEndpoint" in group
        and [cluster["CacheClusterId"] for cluster in clusters] == members
    )


@behaviours.shows("delete_replication_group_at_once")
def a_deleted_group_is_gone_with_its_clusters() -> bool:
    cache = client("elasticache")
    create_group(NumCacheClusters=2)
    cache.delete_replication_group(ReplicationGroupId="this", RetainPrimaryCluster=True)
    kept = [cluster["CacheClusterId"] for cluster in cache.describe_cache_clusters()["CacheClusters"]]
    cache.delete_cache_cluster(CacheClusterId="this-001")
    create_group(NumNodeGroups=2, ReplicasPerNodeGroup=1)
    cache.delete_replication_group(ReplicationGroupId="this")
    left = cache.describe_replication_groups()["ReplicationGroups"] + cache.describe_cache_clusters()["CacheClusters"]
    return kept == ["this-001"] and left == []


@pytest.mark.parametrize("correction", corrections_of("elasticache"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
