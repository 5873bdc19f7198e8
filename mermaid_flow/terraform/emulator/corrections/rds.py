"""Databases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.rds.models import DBCluster, DBClusterParameterGroup, DBParameterGroup

from mermaid_flow.terraform.emulator.corrections import Original, corrects

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
