"""What the boxes of the VPC diagram declare for vars that the examples leave out. Nothing is run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from mermaid_flow import Configure, MflowError, ModuleCall, Output, Reference
from mermaid_flow.inputs.yaml_reader import load_yaml
from mermaid_flow.session.prepare import Request, check, prepare
from mermaid_flow.session.project import find_project

ROOT = Path(__file__).parents[2]
LEAST = """
region: eu-west-1
vpc_cidr: 10.60.0.0/20
azs: [eu-west-1a]
public_subnets: [10.60.0.0/24]
private_subnets: [10.60.1.0/24]
"""


class Plan:
    """What a run with these vars would declare."""

    def __init__(self, folder: Path, text: str, *sets: str) -> None:
        file = folder / "vars.yaml"
        file.write_text(LEAST + text)
        self.prepared = prepare(find_project(ROOT), Request("vpc", (str(file),), sets))
        steps = check(self.prepared).steps
        self.nodes = {step.node.id: step for step in steps}
        self.calls = {d.name: d for step in steps for d in step.declarations if isinstance(d, ModuleCall)}
        self.outputs = {d.name for step in steps for d in step.declarations if isinstance(d, Output)}
        self.unread = self.prepared.inputs.variables.unused()

    def configured(self, node: str) -> Mapping[str, object]:
        """What a node sets on calls of other nodes."""
        return {
            name: value
            for declaration in self.nodes[node].declarations
            if isinstance(declaration, Configure)
            for name, value in declaration.inputs.items()
            if value is not None
        }


def test_names_and_tags_come_from_the_context(tmp_path: Path) -> None:
    plan = Plan(
        tmp_path,
        "namespace: acme\ntenant: core platform\naccount: dev-1\nenvironment: core platform\nname: main\n"
        "tags: {Owner: 'a \"b\" ${c}', Team: null, Critical: true, Cost: 12, ManagedBy: us}\n",
    )
    assert plan.calls["vpc"].inputs["name"] == "acme-core-platform-main"
    assert plan.configured("TagResources")["tags"] == {
        "ManagedBy": "us",
        "Namespace": "acme",
        "Tenant": "core platform",
        "Account": "dev-1",
        "Environment": "core platform",
        "Owner": 'a "b" ${c}',
        "Critical": "true",
        "Cost": "12",
    }


def test_without_any_context_names_begin_with_the_diagram(tmp_path: Path) -> None:
    plan = Plan(tmp_path, "")
    assert plan.calls["public_subnets"].inputs["name"] == "vpc-public"


def test_least_vars_give_a_network_with_one_gateway_and_flow_logs(tmp_path: Path) -> None:
    plan = Plan(tmp_path, "")
    assert set(plan.calls) == {
        "vpc",
        "internet_gateway",
        "public_subnets",
        "private_subnets",
        "public_route_tables",
        "private_route_tables",
        "nat_gateway",
        "security_groups",
        "flow_logs",
    }
    assert plan.configured("CreateNATGateway")["default_route"] == "nat_gateway"
    assert plan.configured("AttachIGW") == {"vpc_id": Reference("vpc", "vpc_id")}
    assert plan.configured("ConfigureSecurityGroups") == {}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", "No"),
        ("vpc_endpoints: [sts]\n", "Yes"),
        ("vpc_endpoints: []\n", "No"),
        ("enable_vpc_endpoints: true\n", "Yes"),
        ("enable_vpc_endpoints: false\nvpc_endpoints: [sts]\n", "No"),
    ],
)
def test_endpoints_are_needed_when_some_are_named(tmp_path: Path, text: str, answer: str) -> None:
    plan = Plan(tmp_path, text)
    found = plan.nodes["EndpointsNeeded"].answer
    assert found is not None
    assert found.labels == (answer,)


def test_endpoints_without_names_are_the_free_ones(tmp_path: Path) -> None:
    plan = Plan(tmp_path, "enable_vpc_endpoints: true\n")
    assert plan.calls["vpc_endpoints"].inputs["services"] == ["s3", "dynamodb"]


def test_own_security_groups_replace_those_of_the_tiers(tmp_path: Path) -> None:
    plan = Plan(
        tmp_path,
        "security_groups:\n  web:\n    description: Web\n"
        "    ingress: [{description: HTTP, from_port: 80, to_port: 80, peers: [10.0.0.0/8]}]\n"
        "default_security_group_ingress_rules: [{from_port: 0, to_port: 0, protocol: '-1', self: true}]\n",
    )
    groups = plan.calls["security_groups"].inputs["groups"]
    assert isinstance(groups, Mapping)
    assert list(groups) == ["web"]
    assert plan.configured("ConfigureSecurityGroups") == {
        "default_security_group_ingress_rules": [{"from_port": 0, "to_port": 0, "protocol": "-1", "self": True}]
    }


def test_flow_logs_can_go_to_a_bucket_that_exists(tmp_path: Path) -> None:
    plan = Plan(tmp_path, "flow_logs_destination_type: s3\nflow_logs_bucket_arn: arn:aws:s3:::logs\n")
    assert plan.calls["flow_logs"].inputs["bucket_arn"] == "arn:aws:s3:::logs"
    assert "flow_logs_bucket" not in plan.calls


def test_a_backup_is_not_made_of_logs_that_are_in_a_bucket_already(tmp_path: Path) -> None:
    plan = Plan(tmp_path, "flow_logs_destination_type: s3\nflow_logs_s3_backup: true\nflow_logs_retention_days: 30\n")
    assert [name for name in plan.calls if "flow_logs" in name] == ["flow_logs_bucket", "flow_logs"]
    assert plan.calls["flow_logs_bucket"].inputs["expiration_days"] == 30


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("enable_vpn_gateway: true\n", "vpc.unsupported", "has no box for it"),
        ("nat_gateway_strategy: both\n", "vpc.strategy", "single or one_per_az"),
        ("flow_logs_destination_type: kafka\n", "", "cloud-watch-logs or s3"),
        ("enable_nat_gateway: perhaps\n", "inputs.type", "must be true or false"),
        ("security_groups: {web: {}}\n", "", "'description' (string) is missing"),
    ],
)
def test_vars_that_cannot_work_are_refused_before_anything_runs(
    tmp_path: Path, text: str, code: str, said: str
) -> None:
    with pytest.raises(MflowError) as caught:
        Plan(tmp_path, text)
    assert said in str(caught.value)
    assert code in ("", caught.value.code)


def test_the_reference_vars_name_every_variable() -> None:
    text = "".join((ROOT / "handlers" / file).read_text() for file in ("vpc.py", "_network.py", "_naming.py"))
    read = set(re.findall(r'vars?(?:iables)?\.(?:get|require)\(\s*"([a-z_0-9]+)"', text))
    reference = load_yaml((ROOT / "vars/vpc/every-variable.yaml").read_text()).value
    assert isinstance(reference, dict)
    assert read - set(reference) == set()


def test_the_reference_vars_are_all_read() -> None:
    prepared = prepare(find_project(ROOT), Request("vpc", (str(ROOT / "vars/vpc/every-variable.yaml"),)))
    assert check(prepared).warnings == ()
