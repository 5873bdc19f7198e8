"""Databases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.rds.models import DBCluster, DBClusterParameterGroup, DBInstance, DBParameterGroup, OptionGroup, RDSBackend

from mermaid_flow.terraform.emulator.corrections import Original, corrects

NEWER_VERSIONS = {
    "mariadb": ("10.6", "10.11", "11.4", "11.8"),
    "mysql": ("8.0", "8.4"),
    "sqlserver": ("15.00", "16.00"),
}
"""Major versions of each engine: the newest that moto has options for, and those that came after it."""

REASON = "the provider reads the parameters whose source is the user; moto tells no source"


@corrects(DBParameterGroup, "update_parameters", REASON)
def update_user_parameters(
    original: Original, group: DBParameterGroup, new_parameters: Iterable[dict[str, Any]]
) -> None:
    original(group, [{**parameter, "Source": "user"} for parameter in new_parameters])


@corrects(DBClusterParameterGroup, "update_cluster_parameters", REASON)
def update_user_cluster_parameters(
    original: Original, group: DBClusterParameterGroup, new_parameters: Iterable[dict[str, Any]]
) -> None:
    original(group, [{**parameter, "Source": "user"} for parameter in new_parameters])


@corrects(
    DBCluster,
    "scaling_configuration_info",
    "moto describes an empty scaling configuration for clusters without one, which the provider wants to remove",
)
def scaling_configuration_if_any(original: Original, cluster: DBCluster) -> dict[str, Any] | None:
    return original(cluster) if cluster.scaling_configuration else None


@corrects(
    RDSBackend,
    "create_option_group",
    "moto knows the engine versions of 2022 and refuses option groups for any that came later",
)
def option_groups_of_newer_versions(
    original: Original, backend: RDSBackend, option_group_kwargs: dict[str, Any]
) -> OptionGroup:
    engine, version = option_group_kwargs["engine_name"], option_group_kwargs["major_engine_version"]
    known, *newer = NEWER_VERSIONS.get(engine.partition("-")[0], ("",))
    if version not in newer:
        group: OptionGroup = original(backend, option_group_kwargs)
        return group
    group = original(backend, {**option_group_kwargs, "major_engine_version": known})
    group.major_engine_version = version
    return group


FORGOTTEN = "moto forgets an instance's time zone and its Performance Insights; the provider sees a difference for ever"


@corrects(DBInstance, "__init__", FORGOTTEN)
def remember_insights(original: Original, instance: DBInstance, *arguments: Any, **named: Any) -> None:
    original(instance, *arguments, **named)
    _remember(instance, named)


@corrects(DBInstance, "update", FORGOTTEN)
def remember_changed_insights(original: Original, instance: DBInstance, **named: Any) -> None:
    original(instance, **named)
    _remember(instance, named)


def _remember(instance: DBInstance, named: dict[str, Any]) -> None:
    described = vars(instance)
    for name in ("timezone", "performance_insights_kms_key_id", "performance_insights_retention_period"):
        if named.get(name) is not None:
            described[name] = named[name]
    if named.get("enable_performance_insights") is not None:
        described["performance_insights_enabled"] = named["enable_performance_insights"]
