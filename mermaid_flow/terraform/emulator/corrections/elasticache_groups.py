"""ElastiCache's parameter groups, which moto does not have, and what is missing of its subnet groups."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import ElastiCacheException
from moto.elasticache.models import CacheSubnetGroup, ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from mermaid_flow.terraform.emulator.corrections import replaces

REASON = "moto has no cache parameter groups"


class CacheParameterGroupNotFound(ElastiCacheException):
    """ElastiCache's answer for a parameter group that does not exist."""

    code = "CacheParameterGroupNotFound"

    def __init__(self, name: str) -> None:
        super().__init__(f"CacheParameterGroup {name} not found.")


@replaces(ElastiCacheResponse, "create_cache_parameter_group", REASON)
def create_cache_parameter_group(response: ElastiCacheResponse) -> ActionResult:
    backend = response.elasticache_backend
    name = response._get_param("CacheParameterGroupName")
    arn = f"arn:{backend.partition}:elasticache:{backend.region_name}:{backend.account_id}:parametergroup:{name}"
    group = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": response._get_param("CacheParameterGroupFamily"),
        "Description": response._get_param("Description"),
        "IsGlobal": False,
        "ARN": arn,
        "parameters": {},
    }
    _groups(backend)[name] = group
    return ActionResult({"CacheParameterGroup": group})


@replaces(ElastiCacheResponse, "describe_cache_parameter_groups", REASON)
def describe_cache_parameter_groups(response: ElastiCacheResponse) -> ActionResult:
    groups = _groups(response.elasticache_backend)
    chosen = [_group(response)] if response._get_param("CacheParameterGroupName") else list(groups.values())
    return ActionResult({"CacheParameterGroups": chosen})


@replaces(ElastiCacheResponse, "describe_cache_parameters", REASON)
def describe_cache_parameters(response: ElastiCacheResponse) -> ActionResult:
    parameters = [
        {"ParameterName": name, "ParameterValue": value, "Source": "user", "IsModifiable": True}
        for name, value in _group(response)["parameters"].items()
    ]
    return ActionResult({"Parameters": parameters})


@replaces(ElastiCacheResponse, "modify_cache_parameter_group", REASON)
def modify_cache_parameter_group(response: ElastiCacheResponse) -> ActionResult:
    group = _group(response)
    for parameter in response._get_param("ParameterNameValues") or []:
        group["parameters"][parameter["ParameterName"]] = parameter["ParameterValue"]
    return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})


@replaces(ElastiCacheResponse, "reset_cache_parameter_group", REASON)
def reset_cache_parameter_group(response: ElastiCacheResponse) -> ActionResult:
    group = _group(response)
    if response._get_bool_param("ResetAllParameters"):
        group["parameters"].clear()
    for parameter in response._get_param("ParameterNameValues") or []:
        group["parameters"].pop(parameter["ParameterName"], None)
    return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})


@replaces(ElastiCacheResponse, "delete_cache_parameter_group", REASON)
def delete_cache_parameter_group(response: ElastiCacheResponse) -> ActionResult:
    del _groups(response.elasticache_backend)[_group(response)["CacheParameterGroupName"]]
    return EmptyResult()


def _groups(backend: ElastiCacheBackend) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = vars(backend).setdefault("cache_parameter_groups", {})
    return found


def _group(response: ElastiCacheResponse) -> dict[str, Any]:
    name = response._get_param("CacheParameterGroupName")
    groups = _groups(response.elasticache_backend)
    if name not in groups:
        raise CacheParameterGroupNotFound(name)
    return groups[name]


@replaces(ElastiCacheResponse, "modify_cache_subnet_group", "not in moto: the provider calls it for other subnets")
def modify_cache_subnet_group(response: ElastiCacheResponse) -> ActionResult:
    backend = response.elasticache_backend
    [before] = backend.describe_cache_subnet_groups(response._get_param("CacheSubnetGroupName"))
    group = CacheSubnetGroup(
        backend.account_id,
        backend.region_name,
        before.cache_subnet_group_name,
        response._get_param("CacheSubnetGroupDescription") or before.cache_subnet_group_description,
        response._get_param("SubnetIds") or before.subnet_ids,
        before.tags,
    )
    backend.cache_subnet_groups[group.cache_subnet_group_name] = group
    return ActionResult({"CacheSubnetGroup": group})


@replaces(ElastiCacheResponse, "delete_cache_subnet_group", "not in moto: subnet groups cannot be destroyed")
def delete_cache_subnet_group(response: ElastiCacheResponse) -> ActionResult:
    backend = response.elasticache_backend
    [group] = backend.describe_cache_subnet_groups(response._get_param("CacheSubnetGroupName"))
    del backend.cache_subnet_groups[group.cache_subnet_group_name]
    return EmptyResult()
