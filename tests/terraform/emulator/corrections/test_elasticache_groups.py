from __future__ import annotations

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("elasticache_groups")

NAME = {"CacheParameterGroupName": "this"}


def create_group() -> str:
    arn: str = client("elasticache").create_cache_parameter_group(
        **NAME, CacheParameterGroupFamily="redis5.0", Description="this"
    )["CacheParameterGroup"]["ARN"]
    return arn


@behaviours.shows("create_cache_parameter_group", "describe_cache_parameter_groups")
def a_parameter_group_is_there_once_created() -> bool:
    arn = create_group()
    [group] = client("elasticache").describe_cache_parameter_groups(**NAME)["CacheParameterGroups"]
    [same] = client("elasticache").describe_cache_parameter_groups()["CacheParameterGroups"]
    return bool(group == same and group["CacheParameterGroupFamily"] == "redis5.0" and group["ARN"] == arn)


@behaviours.shows("modify_cache_parameter_group", "reset_cache_parameter_group", "describe_cache_parameters")
def parameters_are_set_and_reset() -> bool:
    cache = client("elasticache")
    create_group()

    def names() -> list[str]:
        return [found["ParameterName"] for found in cache.describe_cache_parameters(**NAME)["Parameters"]]

    values = [{"ParameterName": name, "ParameterValue": "1"} for name in ("one", "two", "three")]
    cache.modify_cache_parameter_group(**NAME, ParameterNameValues=values)
    seen = [names()]
    cache.reset_cache_parameter_group(**NAME, ParameterNameValues=values[:1])
    seen.append(names())
    cache.reset_cache_parameter_group(**NAME, ResetAllParameters=True)
    seen.append(names())
    return seen == [["one", "two", "three"], ["two", "three"], []]


@behaviours.shows("delete_cache_parameter_group")
def a_deleted_parameter_group_is_not_found() -> bool:
    create_group()
    client("elasticache").delete_cache_parameter_group(**NAME)
    with pytest.raises(client("elasticache").exceptions.CacheParameterGroupNotFoundFault):
        client("elasticache").describe_cache_parameter_groups(**NAME)
    return True


@behaviours.shows("modify_cache_subnet_group", "delete_cache_subnet_group")
def a_subnet_group_is_changed_and_deleted() -> bool:
    cache = client("elasticache")
    first, second = (subnet["SubnetId"] for subnet in client("ec2").describe_subnets()["Subnets"][:2])
    cache.create_cache_subnet_group(CacheSubnetGroupName="this", CacheSubnetGroupDescription="this", SubnetIds=[first])
    cache.modify_cache_subnet_group(CacheSubnetGroupName="this", SubnetIds=[first, second])
    [group] = cache.describe_cache_subnet_groups(CacheSubnetGroupName="this")["CacheSubnetGroups"]
    cache.delete_cache_subnet_group(CacheSubnetGroupName="this")
    return (
        [subnet["SubnetIdentifier"] for subnet in group["Subnets"]] == [first, second]
        and group["CacheSubnetGroupDescription"] == "this"
        and cache.describe_cache_subnet_groups()["CacheSubnetGroups"] == []
    )


@pytest.mark.parametrize("correction", corrections_of("elasticache_groups"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
