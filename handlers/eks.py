"""The EKS diagram: Kubernetes clusters with their nodes, and what their pods need of AWS.

The vars describe one cluster, or several in the map `clusters`. Of several, some may be private and others public, and
nodes of several types may go together: then more than one branch is taken, and each box does what is its own. The boxes
for nodes and for what runs on them stand in `eks_nodes.py`, those that write files in `eks_access.py`.

On the local target no Kubernetes runs behind the API of EKS. What is tested there is how AWS describes the clusters;
the kubeconfig, the providers, the manifests and the chart values are texts, which nobody applies. Provider 3 sets no
taints on managed groups and knows images of Amazon Linux 2 only; what the modules say to provider 6 is checked against
its schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mermaid_flow import (
    Configure,
    Context,
    Declaration,
    MflowError,
    ModuleCall,
    Output,
    Reference,
    Skipped,
    Value,
    check,
    configure,
    decision,
)

from . import _cluster_checks, _clusters, _naming, _placement
from ._clusters import Cluster

ENDPOINTS = ("ec2", "ecr.api", "ecr.dkr", "sts", "logs", "eks", "elasticloadbalancing", "autoscaling", "s3")
"""The services that nodes without a way to the internet need."""

OUTPUTS = {
    "cluster_names": ("cluster_name", "Names of the clusters"),
    "cluster_arns": ("cluster_arn", "ARNs of the clusters"),
    "cluster_endpoints": ("cluster_endpoint", "URLs of the clusters' APIs"),
    "cluster_ca_data": ("cluster_ca_data", "Certificates of the clusters' authorities, in Base64"),
    "cluster_security_group_ids": ("cluster_security_group_id", "Ids of the security groups that EKS makes"),
    "oidc_provider_arns": ("oidc_provider_arn", "ARNs of the clusters' identity providers in IAM"),
}


@check(diagram="eks")
def clusters_fit(context: Context) -> Iterator[MflowError]:
    """Places, names, versions and sizes that cannot work, and entries of the vars that nothing reads."""
    yield from _placement.problems(context.vars, subnets=2)
    yield from _cluster_checks.problems(context)


@configure("Load EKS Configuration", diagram="eks")
def load_eks_configuration(context: Context) -> list[Declaration | Mapping[str, object]]:
    """Which clusters there are to be, and with `create_network` a network to try them out in."""
    names = [cluster.name for cluster in _clusters.clusters(context)]
    # Two boxes apply before *Tag All Resources* is reached; what they make has its tags from the start.
    tagged = Configure("*", {"tags": _naming.tags(context)})
    return [*_placement.own_network(context), tagged, {"clusters": names}]


@configure("Create IAM Roles", diagram="eks")
def create_iam_roles(context: Context) -> list[Declaration]:
    """The control plane's role; the boxes of the nodes add theirs."""
    call = ModuleCall("eks_roles", "roles", {"name": _naming.name_prefix(context)})
    return [call, Output("cluster_role_arn", call.output("cluster_role_arn"), "ARN of the control planes' role")]


@configure("Create Security Groups", diagram="eks")
def create_security_groups(context: Context) -> list[Declaration]:
    """A group for the control planes and one for the nodes, which may talk with each other."""
    place = _placement.placement(context)
    call = ModuleCall(
        "security_groups",
        "security_groups",
        {"name": _naming.name_prefix(context), "vpc_id": place.vpc_id, "groups": _groups(context)},
    )
    return [
        call,
        Output("security_group_ids", call.output("security_group_ids"), "Ids of the security groups, by what for"),
        Output("vpc_id", place.vpc_id, "Id of the VPC that the clusters lie in"),
    ]


def _groups(context: Context) -> Value:
    callers = [
        *context.vars.get("allowed_security_group_ids", list[str], []),
        *context.vars.get("allowed_cidr_blocks", list[str], []),
    ]
    to_nodes = [_rule("Kubelets", 10250, 10250, "nodes"), _rule("Webhooks and pods", 1025, 65535, "nodes")]
    from_cluster = [_rule("Kubelets", 10250, 10250, "cluster"), _rule("Webhooks and pods", 1025, 65535, "cluster")]
    among_nodes: Value = {
        "description": "Each other",
        "protocol": "-1",
        "from_port": 0,
        "to_port": 0,
        "peers": ["nodes"],
    }
    return {
        "cluster": {
            "description": "Control planes of the clusters",
            "ingress": [
                _rule("The API, from nodes", 443, 443, "nodes"),
                *([_rule("The API", 443, 443, *callers)] if callers else []),
            ],
            "egress": to_nodes,
        },
        "nodes": {
            "description": "Nodes of the clusters",
            "ingress": [*from_cluster, among_nodes],
            "egress": [
                among_nodes,
                _rule("The API", 443, 443, "cluster"),
                _rule("Images and AWS", 443, 443, "0.0.0.0/0"),
            ],
        },
    }


def _rule(description: str, first: int, last: int, *peers: str) -> dict[str, Value]:
    return {"description": description, "from_port": first, "to_port": last, "peers": list(peers)}


@decision("Private Cluster?", diagram="eks")
def private_cluster(context: Context) -> list[str]:
    """No where `endpoint_public_access` is true, else Yes; both when there are clusters of both kinds."""
    answers = ["Yes" if cluster.private else "No" for cluster in _clusters.clusters(context)]
    return list(dict.fromkeys(answers))


@configure("Configure Private Cluster", diagram="eks")
def configure_private_cluster(context: Context) -> list[Declaration]:
    """The API can be reached from inside the VPC only."""
    closed: dict[str, Value] = {"endpoint_private_access": True, "endpoint_public_access": False}
    return [Configure(cluster.call, closed) for cluster in _of(context, private=True)]


@configure("Configure Public Cluster", diagram="eks")
def configure_public_cluster(context: Context) -> list[Declaration]:
    """The API can be reached from the internet, by the ranges `public_access_cidrs`; by everyone without them."""
    declared: list[Declaration] = []
    for cluster in _of(context, private=False):
        inside = cluster.section.get(bool, "endpoint_private_access", "cluster_endpoint_private_access")
        callers = cluster.section.get(list[str], "public_access_cidrs")
        if callers is None:
            context.log.warning("the API of %s can be reached by everyone: no public_access_cidrs", cluster.name)
        opened: dict[str, Value] = {
            "endpoint_private_access": inside is not False,
            "endpoint_public_access": True,
            "public_access_cidrs": callers,
        }
        declared.append(Configure(cluster.call, opened))
    return declared


def _of(context: Context, *, private: bool) -> Sequence[Cluster]:
    """The clusters of a branch; all of them when the branch was taken against the vars."""
    found = _clusters.clusters(context)
    return [cluster for cluster in found if cluster.private is private] or found


@configure("Create VPC Endpoints", diagram="eks")
def create_vpc_endpoints(context: Context) -> list[Declaration] | Skipped:
    """Endpoints for what nodes need of AWS, or for `vpc_endpoints`, as far as the VPC has none for them."""
    place = _placement.placement(context)
    wanted = context.vars.get("vpc_endpoints", list[str], list(ENDPOINTS))
    services = [service for service in wanted if service not in place.endpoints]
    if not services:
        return Skipped("the VPC has them all")
    if place.vpc_cidr is None:
        raise MflowError(
            "endpoints let in the range of their VPC, which nothing says",
            code="eks.vpc_cidr",
            where=context.vars.where("vpc_id"),
            hint="set vpc_cidr",
        )
    call = ModuleCall(
        "vpc_endpoints",
        "vpc_endpoints",
        {
            "name": _naming.name_prefix(context),
            "vpc_id": place.vpc_id,
            "vpc_cidr_block": place.vpc_cidr,
            "region": context.run.region,
            "services": services,
            "subnet_ids": place.subnet_ids,
            "route_table_ids": [place.route_table_ids],
        },
    )
    return [call, Output("vpc_endpoint_ids", call.output("endpoint_ids"), "Ids of the VPC endpoints, by service")]


@configure("Create EKS Cluster", diagram="eks")
def create_eks_cluster(context: Context) -> list[Declaration]:
    """The clusters, their secrets encrypted with `kms_key_id` or a key made for them, and their identity providers."""
    given = context.vars.get("kms_key_id", str) or context.vars.get("cluster_encryption_config_kms_key_id", str)
    keys: dict[str, Value] = {"kms_key_arn": given}
    declared: list[Declaration] = []
    if not given:
        name = _naming.name_prefix(context)
        made = ModuleCall(
            "kms_key",
            "encryption_key",
            {"name": f"eks/{name}", "description": f"Secrets and logs of {name}", "cloudwatch_logs": True},
        )
        key = made.output("key_arn")
        keys = {"kms_key_arn": key, "log_kms_key_arn": key}
        declared += [made, Output("kms_key_arn", key, "ARN of the key that encrypts secrets and logs")]
    calls = {cluster.key: _cluster(context, cluster, keys) for cluster in _clusters.clusters(context)}
    for output, (source, description) in OUTPUTS.items():
        by_key = {cluster: call.output(source) for cluster, call in calls.items()}
        declared.append(Output(output, by_key, f"{description}, by what the vars call them"))
    return [*declared, *calls.values()]


def _cluster(context: Context, cluster: Cluster, keys: Mapping[str, Value]) -> ModuleCall:
    return ModuleCall(
        "eks_cluster",
        cluster.call,
        {
            "name": cluster.name,
            "kubernetes_version": _clusters.kubernetes_version(cluster.section),
            "role_arn": Reference("roles", "cluster_role_arn"),
            "subnet_ids": _clusters.subnets(context, cluster.section),
            "security_group_ids": [Reference("security_groups", "security_group_ids")["cluster"]],
            "service_ipv4_cidr": cluster.section.get(str, "service_ipv4_cidr"),
            "tags": _clusters.tags(context, cluster.section),
            **keys,
        },
    )
