"""The boxes of the EKS diagram for nodes, and for what runs on them: autoscaler, add-ons, load balancers, logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mermaid_flow import (
    Configure,
    Context,
    Declaration,
    ModuleCall,
    Output,
    Reference,
    Skipped,
    Value,
    configure,
    decision,
)

from . import _cluster_policies, _clusters
from ._clusters import Cluster, Group

Declared = list[Declaration | Mapping[str, object]]


@decision("Node Group Type?", diagram="eks")
def node_group_type(context: Context) -> list[str]:
    """What the groups of nodes in the vars are, or `node_group_type`; Managed without both. Several go together."""
    return _clusters.node_kinds(context.vars, _clusters.clusters(context))


@configure("Create Managed Node Groups", diagram="eks")
def create_managed_node_groups(context: Context) -> Declared:
    """The groups in `node_groups`: EKS starts, replaces and drains their nodes."""
    calls: dict[str, ModuleCall] = {}
    for cluster, group in _groups(context, _clusters.MANAGED):
        inputs: dict[str, Value] = {
            "node_role_arn": Reference("roles", "node_role_arn"),
            "instance_types": group.section.get(list[str], "instance_types"),
            "ami_type": group.section.get(str, "ami_type"),
            "capacity_type": group.section.get(str, "capacity_type"),
            "max_unavailable": group.section.get(int, "max_unavailable"),
        }
        calls[_full_name(cluster, group)] = _nodes(context, "eks_node_group", cluster, group, inputs)
    arns: Value = {name: call.output("node_group_arn") for name, call in calls.items()}
    return [
        Configure("roles", {"nodes": True}),
        *calls.values(),
        Output("node_group_arns", arns, "ARNs of the managed node groups"),
        _said(calls),
    ]


@configure("Create Self-Managed Nodes", diagram="eks")
def create_self_managed_nodes(context: Context) -> Declared:
    """The groups in `self_managed_node_groups`: instances that join by themselves, and that you keep up to date."""
    calls: dict[str, ModuleCall] = {}
    for cluster, group in _groups(context, _clusters.SELF_MANAGED):
        types = group.section.get(list[str], "instance_types")
        inputs: dict[str, Value] = {
            "kubernetes_version": Reference(cluster.call, "cluster_version"),
            "cluster_endpoint": Reference(cluster.call, "cluster_endpoint"),
            "cluster_ca_data": Reference(cluster.call, "cluster_ca_data"),
            "service_ipv4_cidr": Reference(cluster.call, "service_ipv4_cidr"),
            "node_role_name": Reference("roles", "node_role_name"),
            "instance_type": types[0] if types else group.section.get(str, "instance_type"),
            "ami_id": group.section.get(str, "ami_id"),
        }
        calls[_full_name(cluster, group)] = _nodes(context, "eks_self_managed_nodes", cluster, group, inputs)
    names: Value = {name: call.output("autoscaling_group_name") for name, call in calls.items()}
    return [
        Configure("roles", {"nodes": True}),
        *calls.values(),
        Output("autoscaling_group_names", names, "Names of the self-managed groups of nodes"),
        Output("node_role_arn", Reference("roles", "node_role_arn"), "ARN of the nodes' role"),
        _said(calls),
    ]


@configure("Configure Fargate Profiles", diagram="eks")
def configure_fargate_profiles(context: Context) -> Declared:
    """The profiles in `fargate_profiles`: pods of their namespaces run without nodes."""
    calls = {
        _full_name(cluster, group): ModuleCall(
            "eks_fargate_profile",
            f"fargate_{cluster.key}_{group.name}",
            {
                "name": group.name,
                "cluster_name": Reference(cluster.call, "cluster_name"),
                "pod_execution_role_arn": Reference("roles", "fargate_role_arn"),
                "subnet_ids": _clusters.subnets(context, group.section, cluster.section),
                "selectors": _selectors(group),
                "tags": _clusters.tags(context, group.section),
            },
        )
        for cluster, group in _groups(context, _clusters.FARGATE)
    }
    arns: Value = {name: call.output("fargate_profile_arn") for name, call in calls.items()}
    return [
        Configure("roles", {"fargate": True}),
        *calls.values(),
        Output("fargate_profile_arns", arns, "ARNs of the Fargate profiles"),
        _said(calls),
    ]


def _groups(context: Context, kind: str) -> list[tuple[Cluster, Group]]:
    return _clusters.groups_of(_clusters.clusters(context), kind)


def _nodes(context: Context, module: str, cluster: Cluster, group: Group, further: Mapping[str, Value]) -> ModuleCall:
    """What managed and self-managed groups have in common."""
    section = group.section
    inputs: dict[str, Value] = {
        "name": group.name,
        "cluster_name": Reference(cluster.call, "cluster_name"),
        "subnet_ids": _clusters.subnets(context, section, cluster.section),
        "security_group_ids": [
            Reference("security_groups", "security_group_ids")["nodes"],
            Reference(cluster.call, "cluster_security_group_id"),
        ],
        "disk_size": section.get(int, "disk_size"),
        "ebs_kms_key_id": context.vars.get("node_group_ebs_kms_key_id", str) or None,
        "labels": _texts(section.get(dict[str, object], "labels", "kubernetes_labels") or {}),
        "taints": [
            _texts(taint) for taint in section.get(list[dict[str, object]], "taints", "kubernetes_taints") or ()
        ],
        "tags": _clusters.tags(context, section),
        **_clusters.sizes(group),
        **further,
    }
    return ModuleCall(module, f"nodes_{cluster.key}_{group.name}", inputs)


def _full_name(cluster: Cluster, group: Group) -> str:
    return f"{cluster.key}/{group.name}"


def _texts(entries: Mapping[str, object]) -> dict[str, str]:
    # Labels and taints are strings to Kubernetes; YAML's true and 3 are meant as they are written.
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in entries.items()
        if value is not None
    }


def _selectors(group: Group) -> Value:
    if not group.selectors:
        return [{"namespace": "default"}, {"namespace": "kube-system"}]
    return [
        {"namespace": str(selector.get("namespace")), "labels": _labels(selector.get("labels"))}
        for selector in group.selectors
    ]


def _labels(given: object) -> dict[str, str]:
    return _texts(given) if isinstance(given, dict) else {}


def _said(calls: Mapping[str, ModuleCall]) -> Mapping[str, object]:
    return {"nodes": [call.name for call in calls.values()]}


@configure("Configure Cluster Autoscaler", diagram="eks")
def configure_cluster_autoscaler(context: Context) -> list[Declaration] | Skipped:
    """A role with which the cluster autoscaler may change the size of the cluster's own groups, and of no others."""
    if not context.vars.get("enable_cluster_autoscaler", bool, True):
        return Skipped("enable_cluster_autoscaler is false")
    roles = {
        cluster.key: _role(cluster, "autoscaler", "cluster-autoscaler", _cluster_policies.autoscaler(cluster.name))
        for cluster in _clusters.clusters(context)
    }
    return _with_arns(roles, "cluster_autoscaler_role_arns", "ARNs of the roles of the cluster autoscalers")


@configure("Configure AWS Load Balancer Controller", diagram="eks")
def configure_load_balancer_controller(context: Context) -> list[Declaration] | Skipped:
    """A role with which the AWS Load Balancer Controller may make load balancers and change its own."""
    if not context.vars.get("enable_aws_load_balancer_controller", bool, True):
        return Skipped("enable_aws_load_balancer_controller is false")
    statements = _cluster_policies.load_balancer_controller()
    roles = {
        cluster.key: _role(cluster, "load-balancers", "aws-load-balancer-controller", statements)
        for cluster in _clusters.clusters(context)
    }
    return _with_arns(
        roles, "load_balancer_controller_role_arns", "ARNs of the roles of the AWS Load Balancer Controllers"
    )


def _role(cluster: Cluster, purpose: str, account: str, statements: Sequence[Value]) -> ModuleCall:
    return ModuleCall(
        "irsa_role",
        f"{purpose.replace('-', '_')}_{cluster.key}",
        {
            "name": f"{cluster.name}-{purpose}",
            "oidc_provider_arn": Reference(cluster.call, "oidc_provider_arn"),
            "oidc_issuer": Reference(cluster.call, "oidc_issuer"),
            "namespace": "kube-system",
            "service_account": account,
            "statements": statements,
        },
    )


def _with_arns(roles: Mapping[str, ModuleCall], output: str, description: str) -> list[Declaration]:
    arns: Value = {cluster: role.output("role_arn") for cluster, role in roles.items()}
    return [*roles.values(), Output(output, arns, description)]


@decision("Add-ons Needed?", diagram="eks")
def addons_needed(context: Context) -> bool:
    """Yes when the vars name `addons` for a cluster."""
    return any(cluster.addons for cluster in _clusters.clusters(context))


@configure("Install EKS Add-ons", diagram="eks")
def install_addons(context: Context) -> list[Declaration]:
    """The add-ons in `addons`, when the nodes are there that they run on; the usual three where none is named."""
    nodes = [str(call) for name in context.values for call in _list(context.values[name].get("nodes"))]
    found = _clusters.clusters(context)
    chosen = [cluster for cluster in found if cluster.addons] or found
    calls = {
        cluster.key: ModuleCall(
            "eks_addons",
            f"addons_{cluster.key}",
            {"cluster_name": Reference(cluster.call, "cluster_name"), "addons": _addons(cluster)},
            depends_on=tuple(nodes),
        )
        for cluster in chosen
    }
    versions: Value = {key: call.output("addon_versions") for key, call in calls.items()}
    return [*calls.values(), Output("addon_versions", versions, "Versions of the add-ons, by cluster")]


def _addons(cluster: Cluster) -> Value:
    named: Mapping[str, Mapping[str, object]] = cluster.addons or {name: {} for name in _clusters.USUAL_ADDONS}
    return {name: _texts(addon) for name, addon in named.items()}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


@configure("Configure Cluster Logging", diagram="eks")
def configure_cluster_logging(context: Context) -> list[Declaration]:
    """Which logs of the control plane are kept, `enabled_cluster_log_types` (all without it), and for how long."""
    days = context.vars.get("cluster_log_retention_period", int)
    return [
        Configure(
            cluster.call,
            {
                "enabled_cluster_log_types": cluster.section.get(list[str], "enabled_cluster_log_types"),
                "log_retention_in_days": days,
            },
        )
        for cluster in _clusters.clusters(context)
    ]
