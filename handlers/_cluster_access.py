"""Texts by which people and other tools come to a cluster: kubeconfig, Terraform providers, manifests, chart values.

None of them holds a secret: who asks for a token proves himself with his own AWS credentials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from mermaid_flow.terraform.hcl import string

CLIENT_API = "client.authentication.k8s.io/v1beta1"


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a cluster. `certificate` is that of its authority, in Base64."""

    key: str
    name: str
    region: str
    endpoint: str
    certificate: str

    @property
    def token_arguments(self) -> tuple[str, ...]:
        """What the AWS command line needs for a token."""
        return ("eks", "get-token", "--cluster-name", self.name, "--region", self.region)


def kubeconfig(clusters: Sequence[Access]) -> str:
    """A kubeconfig with a context for each cluster; the first one is the current one."""
    return _yaml(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": clusters[0].name,
            "clusters": [
                {
                    "name": cluster.name,
                    "cluster": {"server": cluster.endpoint, "certificate-authority-data": cluster.certificate},
                }
                for cluster in clusters
            ],
            "contexts": [
                {"name": cluster.name, "context": {"cluster": cluster.name, "user": cluster.name}}
                for cluster in clusters
            ],
            "users": [
                {
                    "name": cluster.name,
                    "user": {
                        "exec": {
                            "apiVersion": CLIENT_API,
                            "command": "aws",
                            "args": list(cluster.token_arguments),
                            "interactiveMode": "Never",
                        }
                    },
                }
                for cluster in clusters
            ],
        }
    )


def providers(clusters: Sequence[Access]) -> str:
    """The Terraform providers `kubernetes` and `helm` (version 3), with an alias for each cluster of several."""
    return "\n".join(_providers(cluster, alias=len(clusters) > 1) for cluster in clusters)


def _providers(cluster: Access, *, alias: bool) -> str:
    named = f"  alias = {string(cluster.key)}\n\n" if alias else ""
    host, certificate = string(cluster.endpoint), string(cluster.certificate)
    arguments = ", ".join(map(string, cluster.token_arguments))
    return f"""provider "kubernetes" {{
{named}  host                   = {host}
  cluster_ca_certificate = base64decode({certificate})

  exec {{
    api_version = "{CLIENT_API}"
    command     = "aws"
    args        = [{arguments}]
  }}
}}

provider "helm" {{
{named}  kubernetes = {{
    host                   = {host}
    cluster_ca_certificate = base64decode({certificate})

    exec = {{
      api_version = "{CLIENT_API}"
      command     = "aws"
      args        = [{arguments}]
    }}
  }}
}}
"""


def node_access(role: str) -> str:
    """The ConfigMap `aws-auth` that lets nodes with this role join: self-managed ones; EKS knows its own."""
    roles = [
        {
            "rolearn": role,
            "username": "system:node:{{EC2PrivateDNSName}}",
            "groups": ["system:bootstrappers", "system:nodes"],
        }
    ]
    return _yaml(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "aws-auth", "namespace": "kube-system"},
            "data": {"mapRoles": _yaml(roles)},
        }
    )


def autoscaler_values(cluster: Access, role: str) -> str:
    """Values for the chart `cluster-autoscaler`."""
    account = {"name": "cluster-autoscaler", "annotations": {"eks.amazonaws.com/role-arn": role}}
    return _yaml(
        {
            "awsRegion": cluster.region,
            "autoDiscovery": {"clusterName": cluster.name},
            "rbac": {"serviceAccount": account},
        }
    )


def load_balancer_values(cluster: Access, role: str, vpc: str) -> str:
    """Values for the chart `aws-load-balancer-controller`."""
    account = {"name": "aws-load-balancer-controller", "annotations": {"eks.amazonaws.com/role-arn": role}}
    return _yaml({"clusterName": cluster.name, "region": cluster.region, "vpcId": vpc, "serviceAccount": account})


def _yaml(value: Mapping[str, object] | Sequence[object]) -> str:
    return yaml.safe_dump(value, sort_keys=False, width=1000)
