"""What the boxes of the EKS diagram declare for vars that the examples leave out. Nothing is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handlers import _clusters
from mermaid_flow import MflowError, Reference, Variables
from mermaid_flow.inputs.yaml_reader import load_yaml
from mermaid_flow.session.prepare import Request, check, prepare
from mermaid_flow.session.project import find_project
from tests.catalog.planned import Planned

ROOT = Path(__file__).parents[2]
PLACE = "region: eu-west-1\nenvironment: dev\nvpc_id: vpc-1\nvpc_cidr: 10.0.0.0/16\nsubnet_ids: [subnet-1, subnet-2]\n"


def plan(folder: Path, text: str, *sets: str, place: str = PLACE) -> Planned:
    """What a run with these vars would declare, in a VPC that is there."""
    return Planned(folder, "eks", place + text, *sets)


def test_least_vars_give_a_private_cluster_with_one_managed_group(tmp_path: Path) -> None:
    planned = plan(tmp_path, "")
    assert planned.answer("NeedsPrivateCluster") == ("Yes",)
    assert planned.answer("NodeGroupType") == ("Managed",)
    assert planned.answer("AddonsNeeded") == ("No",)
    assert set(planned.calls) == {
        "roles",
        "security_groups",
        "vpc_endpoints",
        "encryption_key",
        "cluster_main",
        "nodes_main_default",
        "autoscaler_main",
        "load_balancers_main",
    }
    cluster = planned.calls["cluster_main"].inputs
    assert cluster["name"] == "dev"
    assert cluster["kms_key_arn"] == cluster["log_kms_key_arn"] == Reference("encryption_key", "key_arn")
    assert planned.configured("cluster_main") == {"endpoint_private_access": True, "endpoint_public_access": False}
    assert planned.configured("roles") == {"nodes": True}


@pytest.mark.parametrize(
    ("text", "answer", "configured"),
    [
        ("endpoint_public_access: true\n", "No", {"endpoint_private_access": True, "endpoint_public_access": True}),
        (
            "cluster_endpoint_public_access: true\ncluster_endpoint_private_access: false\n"
            "public_access_cidrs: [192.0.2.0/24]\n",
            "No",
            {
                "endpoint_private_access": False,
                "endpoint_public_access": True,
                "public_access_cidrs": ["192.0.2.0/24"],
            },
        ),
        ("private_cluster: false\n", "No", {"endpoint_private_access": True, "endpoint_public_access": True}),
        (
            "private_cluster: true\nendpoint_public_access: true\n",
            "Yes",
            {"endpoint_private_access": True, "endpoint_public_access": False},
        ),
    ],
)
def test_who_may_call_the_api(tmp_path: Path, text: str, answer: str, configured: dict[str, object]) -> None:
    planned = plan(tmp_path, text)
    assert planned.answer("NeedsPrivateCluster") == (answer,)
    assert planned.configured("cluster_main") == configured
    assert ("vpc_endpoints" in planned.calls) is (answer == "Yes")


def test_answers_on_the_command_line_beat_the_vars(tmp_path: Path) -> None:
    sets = ["NeedsPrivateCluster=No", "NodeGroupType=Fargate", "AddonsNeeded=Yes"]
    planned = plan(tmp_path, "", *sets)
    assert planned.configured("cluster_main")["endpoint_public_access"] is True
    assert planned.configured("roles") == {"fargate": True}
    assert planned.calls["fargate_main_default"].inputs["selectors"] == [
        {"namespace": "default"},
        {"namespace": "kube-system"},
    ]
    assert planned.calls["addons_main"].inputs["addons"] == {"vpc-cni": {}, "coredns": {}, "kube-proxy": {}}
    assert planned.calls["addons_main"].depends_on == ("fargate_main_default",)


def test_a_private_and_a_public_cluster_take_both_branches(tmp_path: Path) -> None:
    planned = plan(tmp_path, "clusters: {a: {endpoint_public_access: true}, b: {}, c: {enabled: false}}\n")
    assert planned.answer("NeedsPrivateCluster") == ("Yes", "No")
    assert planned.configured("cluster_a")["endpoint_public_access"] is True
    assert planned.configured("cluster_b")["endpoint_public_access"] is False
    assert "cluster_c" not in planned.calls
    assert planned.calls["cluster_a"].inputs["name"] == "dev-a"
    assert set(planned.calls) >= {"nodes_a_default", "nodes_b_default"}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("node_groups: {a: {}}\n", ("Managed",)),
        ("eks_managed_node_groups: {a: {}}\n", ("Managed",)),
        ("self_managed_node_groups: {a: {}}\n", ("Self-Managed",)),
        ("fargate_profiles: {a: {selectors: [{namespace: a}]}}\n", ("Fargate",)),
        ("node_groups: {a: {type: self_managed}, b: {type: Managed}}\n", ("Managed", "Self-Managed")),
        ("node_groups: {a: {type: fargate, selectors: [{namespace: a}]}}\n", ("Fargate",)),
        ("node_groups: {a: {enabled: false}}\n", ("Managed",)),
        ("node_group_type: self managed\n", ("Self-Managed",)),
        ("node_group_type: [fargate, managed]\n", ("Managed", "Fargate")),
    ],
)
def test_the_types_of_nodes(tmp_path: Path, text: str, kinds: tuple[str, ...]) -> None:
    assert plan(tmp_path, text).answer("NodeGroupType") == kinds


def test_a_group_says_what_its_nodes_are(tmp_path: Path) -> None:
    planned = plan(
        tmp_path,
        "node_group_ebs_kms_key_id: arn:key\n"
        "node_groups:\n  work:\n    desired_group_size: 5\n    kubernetes_labels: {tier: 1, spot: true, none: null}\n"
        "    kubernetes_taints: [{key: a, effect: NO_EXECUTE}]\n    ami_type: BOTTLEROCKET_x86_64\n"
        "    subnet_ids: [subnet-9]\n    tags: {Team: core, Environment: prod}\n",
    )
    inputs = planned.calls["nodes_main_work"].inputs
    assert (inputs["min_size"], inputs["desired_size"], inputs["max_size"]) == (1, 5, 5)
    assert inputs["labels"] == {"tier": "1", "spot": "true"}
    assert inputs["taints"] == [{"key": "a", "effect": "NO_EXECUTE"}]
    assert inputs["ami_type"] == "BOTTLEROCKET_x86_64"
    assert inputs["subnet_ids"] == ["subnet-9"]
    assert inputs["ebs_kms_key_id"] == "arn:key"
    assert inputs["tags"] == {"Team": "core"}  # what everything has, a group cannot change
    assert inputs["security_group_ids"] == [
        Reference("security_groups", "security_group_ids")["nodes"],
        Reference("cluster_main", "cluster_security_group_id"),
    ]


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        ({}, (1, 2, 4)),
        ({"min_size": 3}, (3, 3, 4)),
        ({"min_size": 9}, (9, 9, 9)),
        ({"max_size": 1}, (1, 1, 1)),
        ({"desired_size": 0}, (0, 0, 4)),
        ({"min_size": 0, "desired_size": 0, "max_size": 3}, (0, 0, 3)),
        ({"max_size": 10}, (1, 2, 10)),
    ],
)
def test_sizes_that_are_not_given_fit_those_that_are(given: dict[str, object], sizes: tuple[int, int, int]) -> None:
    group = _clusters.Group("g", "Managed", _clusters.Section(Variables.of({"g": given}), "g"))
    assert tuple(_clusters.sizes(group).values()) == sizes


@pytest.mark.parametrize(
    ("given", "addons"),
    [
        ("[coredns, kube-proxy]", {"coredns": {}, "kube-proxy": {}}),
        ("coredns", {"coredns": {}}),
        ("true", {"vpc-cni": {}, "coredns": {}, "kube-proxy": {}}),
        (
            "{dns: {name: coredns, addon_version: v1, resolve_conflicts: OVERWRITE}, off: {enabled: false}}",
            {"coredns": {"version": "v1"}},
        ),
        ("{vpc-cni: {service_account_role_arn: arn:role}}", {"vpc-cni": {"service_account_role_arn": "arn:role"}}),
    ],
)
def test_addons_are_a_list_or_a_map(tmp_path: Path, given: str, addons: dict[str, object]) -> None:
    assert plan(tmp_path, f"addons: {given}\n").calls["addons_main"].inputs["addons"] == addons


@pytest.mark.parametrize("given", ["false", "[]", "{}", "null", "{a: {enabled: false}}"])
def test_no_addons_are_none(tmp_path: Path, given: str) -> None:
    assert plan(tmp_path, f"addons: {given}\n").answer("AddonsNeeded") == ("No",)


def test_addons_are_for_the_clusters_that_name_them(tmp_path: Path) -> None:
    planned = plan(tmp_path, "clusters: {a: {addons: [coredns]}, b: {}}\n")
    assert "addons_a" in planned.calls
    assert "addons_b" not in planned.calls
    assert set(planned.calls["addons_a"].depends_on) == {"nodes_a_default", "nodes_b_default"}


def test_what_is_switched_off_is_left_out(tmp_path: Path) -> None:
    planned = plan(tmp_path, "enable_cluster_autoscaler: false\nenable_aws_load_balancer_controller: false\n")
    assert {"autoscaler_main", "load_balancers_main"}.isdisjoint(planned.calls)


def test_a_given_key_encrypts_the_secrets_and_not_the_logs(tmp_path: Path) -> None:
    for name in ("kms_key_id", "cluster_encryption_config_kms_key_id"):
        planned = plan(tmp_path, f"{name}: arn:key\n")
        assert planned.calls["cluster_main"].inputs["kms_key_arn"] == "arn:key"
        assert "log_kms_key_arn" not in planned.calls["cluster_main"].inputs
        assert "encryption_key" not in planned.calls


def test_who_may_call_the_api_from_inside(tmp_path: Path) -> None:
    planned = plan(tmp_path, "allowed_security_group_ids: [sg-1]\nallowed_cidr_blocks: [10.1.0.0/16]\n")
    groups = planned.calls["security_groups"].inputs["groups"]
    assert isinstance(groups, dict)
    assert [rule["peers"] for rule in groups["cluster"]["ingress"]] == [["nodes"], ["sg-1", "10.1.0.0/16"]]


def test_endpoints_need_the_range_of_their_vpc(tmp_path: Path) -> None:
    place = "region: eu-west-1\nvpc_id: vpc-1\nsubnet_ids: [subnet-1, subnet-2]\n"
    with pytest.raises(MflowError, match="endpoints let in the range of their VPC"):
        plan(tmp_path, "", place=place)
    plan(tmp_path, "endpoint_public_access: true\n", place=place)


def test_endpoints_lead_out_of_the_route_tables(tmp_path: Path) -> None:
    inputs = plan(tmp_path, "route_table_ids: [rtb-1]\nvpc_endpoints: [s3, sts]\n").calls["vpc_endpoints"].inputs
    assert (inputs["route_table_ids"], inputs["services"]) == ([["rtb-1"]], ["s3", "sts"])


def test_without_a_place_the_outputs_of_the_vpc_are_asked_during_the_run(tmp_path: Path) -> None:
    planned = plan(tmp_path, "", place="region: eu-west-1\n")
    later = [name for name, step in planned.steps.items() if step.declares_later]
    assert later == ["CreateSecurityGroups", "CreateVPCEndpoints", "CreateEKSCluster", "CreateManagedNodeGroups"]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("clusters: {a: {enabled: false}}\n", "eks.none", "no cluster is enabled"),
        ("clusters: {a: {node_group: {}}}\n", "eks.unknown", "did you mean 'node_groups'?"),
        ("clusters: {a: {colour: red}}\n", "eks.unknown", "it may have enabled"),
        ("clusters: {a: 3}\n", "inputs.type", "must be a map"),
        ("node_groups: {w: {min_sizes: 3}}\n", "eks.unknown", "did you mean 'min_size'?"),
        ("node_groups: {w: {type: spot}}\n", "eks.group", "no type of nodes"),
        ("node_groups: {w: {min_size: 3, max_size: 2}}\n", "eks.sizes", "cannot begin with"),
        ("node_groups: {w: {min_size: 1, desired_size: 9, max_size: 2}}\n", "eks.sizes", "from 1 to 2 nodes"),
        ("node_groups: {w: {max_size: 0}}\n", "eks.sizes", "from 0 to 0 nodes"),
        ("self_managed_node_groups: {w: {instance_types: [a, b]}}\n", "eks.group", "of one type"),
        ("fargate_profiles: {f: {}}\n", "eks.group", "lacks selectors"),
        ("kubernetes_version: '1.33.1'\n", "eks.version", "no version of Kubernetes"),
        ("clusters: {a: {kubernetes_version: latest}}\n", "eks.version", "no version of Kubernetes"),
        ("kubernetes_version: 1.33\n", "inputs.type", "put it in quotes"),
        ("cluster_name: 'a b'\n", "eks.name", "no name for a cluster"),
        ("endpoint_private_access: false\n", "eks.endpoint", "nobody could reach"),
        ("vpc_endpoints: []\nendpoint_private_access: false\n", "eks.endpoint", "nobody could reach"),
    ],
)
def test_vars_that_cannot_work_are_refused_before_anything_runs(
    tmp_path: Path, text: str, code: str, said: str
) -> None:
    with pytest.raises(MflowError) as caught:
        plan(tmp_path, text)
    assert caught.value.code == code, caught.value
    assert said in str(caught.value)
    assert caught.value.where is not None


def test_the_reference_vars_name_every_variable() -> None:
    files = ("eks.py", "eks_nodes.py", "_clusters.py", "_cluster_checks.py", "_placement.py", "_naming.py")
    text = "".join((ROOT / "handlers" / file).read_text() for file in files)
    reference = (ROOT / "vars/eks/every-variable.yaml").read_text()
    read = set(re.findall(r'(?:vars|variables)\.(?:get|require)\(\s*"([a-z_0-9]+)"', text))
    read |= {
        name for names in re.findall(r"_NAMES = \((.*?)\n\)", text, re.DOTALL) for name in re.findall(r'"(\w+)"', names)
    }
    for name in read - {"vpc_id"}:
        assert re.search(rf"\b{name}\b", reference) or name.endswith("_group_size") or name.startswith("kubernetes_"), (
            name
        )


def test_the_reference_vars_are_all_read() -> None:
    prepared = prepare(find_project(ROOT), Request("eks", (str(ROOT / "vars/eks/every-variable.yaml"),)))
    assert check(prepared).warnings == ()
    document = load_yaml((ROOT / "vars/eks/every-variable.yaml").read_text()).value
    assert isinstance(document, dict)
