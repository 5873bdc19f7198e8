"""The texts by which people and tools come to a cluster are read back as what they should say."""

from __future__ import annotations

import subprocess
from pathlib import Path

import hcl2
import pytest
import yaml

from handlers import _cluster_access, eks_access
from handlers._cluster_access import Access
from mermaid_flow.handlers import Context
from mermaid_flow.terraform.toolchain import find_toolchain
from mermaid_flow.testing import make_context

MAIN = Access("main", "acme-main", "eu-west-1", "https://A1.gr7.eu-west-1.eks.amazonaws.com", "Q0VSVA==")
EDGE = Access("edge", "acme-edge", "eu-west-1", "https://B2.gr7.eu-west-1.eks.amazonaws.com", "TU9SRQ==")
ROLE = "arn:aws:iam::123456789012:role/acme"


def test_a_kubeconfig_has_a_context_for_each_cluster() -> None:
    config = yaml.safe_load(_cluster_access.kubeconfig([MAIN, EDGE]))
    assert config["current-context"] == "acme-main"
    assert [context["name"] for context in config["contexts"]] == ["acme-main", "acme-edge"]
    assert config["clusters"][1] == {
        "name": "acme-edge",
        "cluster": {"server": EDGE.endpoint, "certificate-authority-data": "TU9SRQ=="},
    }
    command = config["users"][0]["user"]["exec"]
    assert [command["command"], *command["args"]] == [
        "aws",
        "eks",
        "get-token",
        "--cluster-name",
        "acme-main",
        "--region",
        "eu-west-1",
    ]


@pytest.mark.terraform
@pytest.mark.parametrize("clusters", [[MAIN], [MAIN, EDGE]])
def test_the_providers_are_formatted_as_terraform_does(clusters: list[Access], tmp_path: Path) -> None:
    (tmp_path / "providers.tf").write_text(_cluster_access.providers(clusters))
    command = [find_toolchain().path, "fmt", "-check", "-diff", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_providers_of_several_clusters_have_aliases() -> None:
    assert "alias" not in _cluster_access.providers([MAIN])
    found = hcl2.loads(_cluster_access.providers([MAIN, EDGE]))["provider"]
    kubernetes = [provider['"kubernetes"'] for provider in found if '"kubernetes"' in provider]
    assert [provider["alias"] for provider in kubernetes] == ['"main"', '"edge"']
    assert kubernetes[1]["host"] == f'"{EDGE.endpoint}"'


def test_what_stands_in_a_name_is_no_template() -> None:
    strange = Access("main", "${file(1)}", "eu-west-1", 'a" b', "c")
    text = _cluster_access.providers([strange])
    assert '"$${file(1)}"' in text
    assert r'"a\" b"' in text


def test_nodes_with_the_role_may_join() -> None:
    manifest = yaml.safe_load(_cluster_access.node_access(ROLE))
    assert (manifest["kind"], manifest["metadata"]["name"]) == ("ConfigMap", "aws-auth")
    (entry,) = yaml.safe_load(manifest["data"]["mapRoles"])
    assert entry == {
        "rolearn": ROLE,
        "username": "system:node:{{EC2PrivateDNSName}}",
        "groups": ["system:bootstrappers", "system:nodes"],
    }


def test_chart_values_name_the_cluster_and_the_role() -> None:
    annotations = {"eks.amazonaws.com/role-arn": ROLE}
    assert yaml.safe_load(_cluster_access.autoscaler_values(MAIN, ROLE)) == {
        "awsRegion": "eu-west-1",
        "autoDiscovery": {"clusterName": "acme-main"},
        "rbac": {"serviceAccount": {"name": "cluster-autoscaler", "annotations": annotations}},
    }
    assert yaml.safe_load(_cluster_access.load_balancer_values(MAIN, ROLE, "vpc-1")) == {
        "clusterName": "acme-main",
        "region": "eu-west-1",
        "vpcId": "vpc-1",
        "serviceAccount": {"name": "aws-load-balancer-controller", "annotations": annotations},
    }


def context(folder: Path, **further: object) -> Context:
    """What the boxes see when the clusters are there."""
    clusters = {MAIN.key: MAIN, EDGE.key: EDGE}
    outputs: dict[str, object] = {
        "cluster_names": {key: cluster.name for key, cluster in clusters.items()},
        "cluster_endpoints": {key: cluster.endpoint for key, cluster in clusters.items()},
        "cluster_ca_data": {key: cluster.certificate for key, cluster in clusters.items()},
        **further,
    }
    return make_context(folder=folder, diagram="eks", outputs={"eks": outputs})


def test_the_kubeconfig_is_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    values = eks_access.create_kubeconfig(context(tmp_path))
    file = Path(str(values["kubeconfig"]))
    assert file.stat().st_mode & 0o077 == 0
    assert values["contexts"] == ["acme-main", "acme-edge"]


def test_values_are_written_for_what_has_a_role(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    assert eks_access.configure_kubernetes_providers(context(tmp_path / "bare"))["files"] == ["providers.tf"]
    further = {
        "cluster_autoscaler_role_arns": {"main": ROLE, "edge": ROLE},
        "load_balancer_controller_role_arns": {"main": ROLE},
        "node_role_arn": ROLE,
        "vpc_id": "vpc-1",
    }
    values = eks_access.configure_kubernetes_providers(context(tmp_path, **further))
    assert values["files"] == [
        "aws-auth.yaml",
        "aws-load-balancer-controller-main.yaml",
        "cluster-autoscaler-edge.yaml",
        "cluster-autoscaler-main.yaml",
        "providers.tf",
    ]
    assert all((tmp_path / name).is_file() for name in values["files"])
