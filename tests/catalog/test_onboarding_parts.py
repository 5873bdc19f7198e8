"""The last box of each layer of the onboarding diagram notices what is not as it should be. Nothing is built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest

from handlers import _aws, _prerequisites, onboarding
from mermaid_flow import MflowError, Problems, RunFailed
from mermaid_flow.handlers.context import RunInfo
from mermaid_flow.terraform.targets import LocalTarget
from mermaid_flow.testing import make_context

INTERNET = {"CidrIp": "0.0.0.0/0"}


@pytest.fixture
def run(local_target: LocalTarget, tmp_path: Path) -> RunInfo:
    return RunInfo("run", "onboarding", tmp_path, tmp_path, environment=local_target.environment())


def client(target: LocalTarget, service: str) -> Any:
    environment = target.environment()
    return boto3.Session(environment["AWS_ACCESS_KEY_ID"], "local", region_name=target.region).client(
        service, endpoint_url=environment["AWS_ENDPOINT_URL"]
    )


def test_a_role_without_its_boundary_is_noticed(run: RunInfo, local_target: LocalTarget) -> None:
    client(local_target, "iam").create_role(RoleName="free", AssumeRolePolicyDocument="{}")
    outputs = {"iam": {"role_names": {"ec2": "free"}, "boundary_arn": "arn:aws:iam::1:policy/b"}}
    with pytest.raises(RunFailed, match="the role free is not bounded"):
        onboarding.iam_complete(make_context(run=run, outputs=outputs))


def security(target: LocalTarget, name: str, *, renewed: bool) -> dict[str, dict[str, object]]:
    """A key and a group that lets the internet in, as outputs of their components."""
    kms, ec2 = client(target, "kms"), client(target, "ec2")
    key = kms.create_key()["KeyMetadata"]
    if renewed:
        kms.enable_key_rotation(KeyId=key["KeyId"])
    group = ec2.create_security_group(GroupName=name, Description="A group")["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [INTERNET]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return {"kms": {"key_arn": key["Arn"]}, "security-groups": {"security_group_ids": {"one": group}}}


def test_a_key_that_is_not_renewed_is_noticed(run: RunInfo, local_target: LocalTarget) -> None:
    outputs = security(local_target, "acme-load-balancer", renewed=False)
    with pytest.raises(RunFailed, match="is not renewed"):
        onboarding.security_complete(make_context(run=run, outputs=outputs))


def test_only_the_load_balancer_s_group_may_let_the_internet_in(run: RunInfo, local_target: LocalTarget) -> None:
    outputs = security(local_target, "acme-load-balancer", renewed=True)
    assert onboarding.security_complete(make_context(run=run, outputs=outputs))["security_group_ids"] != []
    outputs = security(local_target, "acme-application", renewed=True)
    with pytest.raises(RunFailed, match="acme-application lets the internet in"):
        onboarding.security_complete(make_context(run=run, outputs=outputs))


def test_every_prerequisite_that_is_missing_is_told(run: RunInfo, local_target: LocalTarget) -> None:
    ec2 = client(local_target, "ec2")
    for number in range(5):
        ec2.create_vpc(CidrBlock=f"10.80.{number}.0/24")
    context = make_context(run=run, vars={"vpc_cidr": "10.80.0.0/22"})
    with pytest.raises(Problems) as caught:
        _prerequisites.examined(context, context.vars)
    assert [problem.code for problem in caught.value.problems] == ["onboarding.quota", *["onboarding.overlap"] * 4]


def test_what_is_there_already_needs_no_room(run: RunInfo, local_target: LocalTarget) -> None:
    ec2 = client(local_target, "ec2")
    own = ec2.create_vpc(CidrBlock="10.80.0.0/16")["Vpc"]["VpcId"]
    context = make_context(run=run, vars={"vpc_cidr": "10.80.0.0/16"}, outputs={"vpc": {"vpc_id": own}})
    found = _prerequisites.examined(context, context.vars)
    assert found["account"] == local_target.account


def test_a_quota_that_cannot_be_asked_stops_nobody(run: RunInfo) -> None:
    context = make_context(run=run)
    assert _prerequisites._limit(context, "vpc", "L-F678F1CE") == 5
    assert _prerequisites._limit(context, "ec2", "L-00000000") is None


@pytest.mark.parametrize("enabled", [True, False])
def test_nat_gateways_and_endpoints_are_there_when_they_are_asked_for(run: RunInfo, enabled: bool) -> None:
    said = {"bucket": "b", "table": "t", "state_key_arn": None, "role_arn": None}
    network = {
        "vpc_cidr": "10.80.0.0/16",
        "azs": ["eu-west-1a"],
        "public_subnets": ["10.80.0.0/24"],
        "private_subnets": ["10.80.1.0/24"],
        "enable_nat_gateway": enabled,
        "enable_vpc_endpoints": enabled,
    }
    context = make_context(run=run, vars={"components": {"vpc": network}}, values={"InitBackend": said})
    assert onboarding.deploy_nat_gateway(context) == {"needed": enabled}
    assert onboarding.deploy_route_tables(context) == {"endpoints": enabled}
    assert context.components.open("vpc").folder.name == "vpc"


def test_a_network_that_is_not_available_yet_is_noticed(run: RunInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    # The emulator's VPCs are available at once.
    pending = {"Vpcs": [{"State": "pending"}]}
    monkeypatch.setattr(_aws, "client", lambda *_: _Answering(describe_vpcs=pending))
    with pytest.raises(MflowError, match="the VPC vpc-1 is pending"):
        onboarding.network_complete(make_context(run=run, outputs={"vpc": {"vpc_id": "vpc-1"}}))


class _Answering:
    """A client whose calls answer what they are told to."""

    def __init__(self, **answers: object) -> None:
        self._answers = answers

    def __enter__(self) -> _Answering:
        return self

    def __exit__(self, *_: object) -> None: ...

    def __getattr__(self, name: str) -> Any:
        return lambda **_: self._answers[name]
