"""The boxes of the EKS diagram that write files for people and other tools, into the record of the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from mermaid_flow import Context, action

from . import _cluster_access
from ._cluster_access import Access


@action("Configure Kubernetes Providers", diagram="eks")
def configure_kubernetes_providers(context: Context) -> dict[str, object]:
    """Terraform providers for what is to run in the clusters, values of the charts, and the way in for own nodes."""
    outputs = context.component.outputs()
    written = dict(_texts(_accesses(context, outputs), outputs))
    for name, text in written.items():
        (context.folder / name).write_text(text, encoding="utf-8")
    return {"files": sorted(written), "folder": str(context.folder)}


def _texts(clusters: list[Access], outputs: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    yield "providers.tf", _cluster_access.providers(clusters)
    autoscaling, balancing = (
        _by_cluster(outputs, name) for name in ("cluster_autoscaler_role_arns", "load_balancer_controller_role_arns")
    )
    for cluster in clusters:
        if role := autoscaling.get(cluster.key):
            yield f"cluster-autoscaler-{cluster.key}.yaml", _cluster_access.autoscaler_values(cluster, role)
        if role := balancing.get(cluster.key):
            vpc = str(outputs["vpc_id"])
            name = f"aws-load-balancer-controller-{cluster.key}.yaml"
            yield name, _cluster_access.load_balancer_values(cluster, role, vpc)
    if "node_role_arn" in outputs:
        yield "aws-auth.yaml", _cluster_access.node_access(str(outputs["node_role_arn"]))


@action("Create Kubeconfig", diagram="eks")
def create_kubeconfig(context: Context) -> dict[str, object]:
    """A kubeconfig for all the clusters, which asks AWS for tokens as whoever uses it."""
    clusters = _accesses(context, context.component.outputs())
    file = context.folder / "kubeconfig"
    file.touch(mode=0o600)
    file.write_text(_cluster_access.kubeconfig(clusters), encoding="utf-8")
    context.log.info("kubeconfig: %s", file)
    return {"kubeconfig": str(file), "contexts": [cluster.name for cluster in clusters]}


def _accesses(context: Context, outputs: Mapping[str, object]) -> list[Access]:
    names, endpoints, certificates = (
        _by_cluster(outputs, output) for output in ("cluster_names", "cluster_endpoints", "cluster_ca_data")
    )
    return [Access(key, name, context.run.region, endpoints[key], certificates[key]) for key, name in names.items()]


def _by_cluster(outputs: Mapping[str, object], name: str) -> Mapping[str, str]:
    return cast("Mapping[str, str]", outputs.get(name, {}))
