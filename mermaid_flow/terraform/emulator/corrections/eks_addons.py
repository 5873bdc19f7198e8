"""EKS add-ons, which moto does not have at all."""

from __future__ import annotations

import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.eks.responses import EKSResponse
from moto.eks.urls import url_paths

from mermaid_flow.terraform.emulator.corrections import Paths, replaces
from mermaid_flow.terraform.emulator.corrections.eks import addons, not_found, successful_update

DEFAULT_VERSION = "v1.0.0-eksbuild.1"
"""The version of an add-on that is created without one; any text will do for Terraform."""
REASON = "moto has no EKS add-ons"

addon_paths = Paths(
    url_paths,
    EKSResponse.dispatch,
    (
        "{0}/clusters/(?P<name>[^/]+)/addons$",
        "{0}/clusters/(?P<name>[^/]+)/addons/(?P<addonName>[^/]+)$",
        "{0}/clusters/(?P<name>[^/]+)/addons/(?P<addonName>[^/]+)/update$",
    ),
    REASON,
)


@replaces(EKSResponse, "create_addon", REASON)
def create_addon(response: EKSResponse) -> ActionResult:
    backend = response.eks_backend
    cluster = backend.describe_cluster(response._get_param("name"))
    name = response._get_param("addonName")
    location = f"{backend.region_name}:{backend.account_id}"
    addon = {
        "addonName": name,
        "clusterName": cluster.name,
        "status": "ACTIVE",
        "addonVersion": response._get_param("addonVersion") or DEFAULT_VERSION,
        "health": {"issues": []},
        "addonArn": f"arn:{backend.partition}:eks:{location}:addon/{cluster.name}/{name}/{uuid.uuid4()}",
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "serviceAccountRoleArn": response._get_param("serviceAccountRoleArn"),
        "configurationValues": response._get_param("configurationValues"),
        "tags": response._get_param("tags") or {},
    }
    addons(cluster)[name] = addon
    return ActionResult({"addon": addon})


@replaces(EKSResponse, "describe_addon", REASON)
def describe_addon(response: EKSResponse) -> ActionResult:
    return ActionResult({"addon": _addon(response)})


@replaces(EKSResponse, "list_addons", REASON)
def list_addons(response: EKSResponse) -> ActionResult:
    return ActionResult({"addons": list(addons(response.eks_backend.describe_cluster(response._get_param("name"))))})


@replaces(EKSResponse, "update_addon", REASON)
def update_addon(response: EKSResponse) -> ActionResult:
    addon = _addon(response)
    for key in ("addonVersion", "serviceAccountRoleArn", "configurationValues"):
        addon[key] = response._get_param(key) or addon[key]
    addon["modifiedAt"] = utcnow()
    return successful_update("AddonUpdate")


@replaces(EKSResponse, "delete_addon", REASON)
def delete_addon(response: EKSResponse) -> ActionResult:
    addon = _addon(response)
    del addons(response.eks_backend.describe_cluster(response._get_param("name")))[addon["addonName"]]
    return ActionResult({"addon": {**addon, "status": "DELETING"}})


def _addon(response: EKSResponse) -> dict[str, Any]:
    cluster = response.eks_backend.describe_cluster(response._get_param("name"))
    name = response._get_param("addonName")
    if name not in addons(cluster):
        raise not_found(f"No addon: {name} found in cluster: {cluster.name}")
    return addons(cluster)[name]
