"""Environment onboarding: one vars file brings a whole environment up, and one command takes it down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mermaid_flow.engine.events import NodeStatus, RunStatus
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.session.destroy import destroy
from mermaid_flow.session.prepare import Prepared
from mermaid_flow.terraform.local_cloud import LocalCloud
from tests.catalog.harness import Catalog, assert_current_and_explained, assert_every_edge_was_taken, tags
from tests.cloud import Terraform

ACCOUNT = "240000000001"
WHERE = "core/shared/sandbox"
BUCKET = f"acme-core-sandbox-state-{ACCOUNT}"
COMPONENTS = (
    *("state-backend", "state", "vpc", "iam", "roles-policies", "security-groups", "kms"),
    *("rds", "ec2", "ecs", "application", "monitoring"),
)


@pytest.mark.terraform
@pytest.mark.slow
def test_an_environment_comes_up_and_goes_down(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    prepared = catalog.prepare("onboarding", "onboarding/dev.yaml")
    record = catalog.run(prepared)
    assert_every_edge_was_taken([record])
    environment = Environment(catalog, prepared, record)
    environment.kept_its_stages()
    environment.looked_before_it_began()
    environment.keeps_every_state_in_the_backend()
    environment.has_its_network()
    environment.has_its_roles()
    environment.has_its_database()
    environment.has_its_workloads()
    environment.is_watched()
    assert_current_and_explained(catalog, tmp_path / "scanned")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda component: terraform(catalog, prepared, component).plan_is_clean(), COMPONENTS))

    gone = destroy(prepared, lambda _: None)
    assert sorted(gone) == sorted(f"{WHERE}/{name}" for name in (*COMPONENTS, "onboarding"))
    assert gone[-1] == f"{WHERE}/state-backend"
    order = [name.rpartition("/")[2] for name in gone]
    assert order.index("rds") < order.index("vpc") and order.index("ecs") < order.index("iam")
    leaves_nothing(catalog, prepared)


def terraform(catalog: Catalog, prepared: Prepared, component: str) -> Terraform:
    return Terraform(catalog.project.components / "local" / WHERE / component, prepared.target)


class Environment:
    """What one run has built, as boto3 sees it."""

    def __init__(self, catalog: Catalog, prepared: Prepared, record: RunRecord) -> None:
        self.catalog = catalog
        self.prepared = prepared
        self.record = record
        self.vars: dict[str, Any] = prepared.inputs.variables.to_plain()

    def client(self, service: str) -> Any:
        return self.catalog.client(self.prepared, service)

    def outputs(self, component: str) -> dict[str, Any]:
        return terraform(self.catalog, self.prepared, component).outputs()

    def said(self, node: str) -> Mapping[str, Any]:
        last = self.record.nodes[node].last
        assert last is not None
        return last.values

    def kept_its_stages(self) -> None:
        """A layer is complete before the stack after it begins."""
        visits = tuple(self.record.visits)
        begun = {visit.node: visit.started for visit in visits if visit.started is not None}
        ended = {visit.node: visit.ended for visit in visits if visit.ended is not None}
        for complete, following in (
            ("NetworkComplete", "CreateIAMStack"),
            ("IAMComplete", "CreateSecurityStack"),
            ("SecurityComplete", "CreateDatabaseStack"),
        ):
            assert ended[complete] <= begun[following]

    def looked_before_it_began(self) -> None:
        found = self.said("CheckPrereq")
        assert found["account"] == ACCOUNT
        assert found["availability_zones"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
        assert set(found["quotas"]) == {"VPCs", "internet gateways", "Elastic IPs"}
        assert found["quotas"]["VPCs"].startswith("1 of ")  # the account's default VPC

    def keeps_every_state_in_the_backend(self) -> None:
        s3 = self.client("s3")
        keys = {item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
        assert keys == {f"{WHERE}/{name}/terraform.tfstate" for name in COMPONENTS}
        state = json.loads(s3.get_object(Bucket=BUCKET, Key=f"{WHERE}/rds/terraform.tfstate")["Body"].read())
        assert "aws_db_instance" in {resource["type"] for resource in state["resources"]}

    def has_its_network(self) -> None:
        network = self.outputs("vpc")
        assert self.said("NetworkComplete")["vpc_id"] == network["vpc_id"]
        wanted = self.vars["components"]["vpc"]
        ec2 = self.client("ec2")
        here = [{"Name": "vpc-id", "Values": [network["vpc_id"]]}]
        subnets = ec2.describe_subnets(Filters=here)["Subnets"]
        assert sorted(subnet["CidrBlock"] for subnet in subnets) == sorted(
            cidr for tier in ("public", "private", "database") for cidr in wanted[f"{tier}_subnets"]
        )
        (gateway,) = ec2.describe_nat_gateways(Filters=here)["NatGateways"]
        assert gateway["SubnetId"] in network["public_subnet_ids"]
        tables = {table["RouteTableId"]: table for table in ec2.describe_route_tables(Filters=here)["RouteTables"]}
        for name in network["private_route_table_ids"]:
            assert gateway["NatGatewayId"] in [route.get("NatGatewayId") for route in tables[name]["Routes"]]
        assert sorted(network["vpc_endpoint_ids"]) == ["dynamodb", "s3"]
        (vpc,) = ec2.describe_vpcs(VpcIds=[network["vpc_id"]])["Vpcs"]
        assert tags(vpc).items() >= {"Owner": "platform", "Environment": "sandbox"}.items()

    def has_its_roles(self) -> None:
        iam = self.client("iam")
        boundary = self.outputs("iam")["boundary_arn"]
        assert self.said("IAMComplete")["roles"] != []
        for name in self.said("IAMComplete")["roles"]:
            assert iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary

    def has_its_database(self) -> None:
        (database,) = self.client("rds").describe_db_instances()["DBInstances"]
        assert (database["Engine"], database["EngineVersion"]) == ("postgres", "16.3")
        assert database["KmsKeyId"] == self.outputs("kms")["key_arn"] == self.said("SecurityComplete")["key_arn"]
        group = database["DBSubnetGroup"]
        assert group["VpcId"] == self.outputs("vpc")["vpc_id"]
        assert {s["SubnetIdentifier"] for s in group["Subnets"]} == set(self.outputs("vpc")["database_subnet_ids"])
        (guard,) = database["VpcSecurityGroups"]
        (found,) = self.client("ec2").describe_security_groups(GroupIds=[guard["VpcSecurityGroupId"]])["SecurityGroups"]
        peers = [pair["GroupId"] for rule in found["IpPermissions"] for pair in rule["UserIdGroupPairs"]]
        assert peers == [self.outputs("security-groups")["security_group_ids"]["application"]]

    def has_its_workloads(self) -> None:
        reservations = self.client("ec2").describe_instances(InstanceIds=self.outputs("ec2")["instance_ids"])
        (instance,) = [one for reservation in reservations["Reservations"] for one in reservation["Instances"]]
        assert instance["SubnetId"] in self.outputs("vpc")["private_subnet_ids"]
        assert instance["MetadataOptions"]["HttpTokens"] == "required"
        names = self.outputs("ecs")
        (service,) = self.client("ecs").describe_services(
            cluster=names["cluster_name"], services=[names["service_name"]]
        )["services"]
        assert service["launchType"] == "FARGATE"
        network = service["networkConfiguration"]["awsvpcConfiguration"]
        assert set(network["subnets"]) == set(self.outputs("vpc")["private_subnet_ids"])
        told = self.client("ssm").get_parameters_by_path(
            Path="/acme/core/sandbox/application", Recursive=True, WithDecryption=True
        )["Parameters"]
        told = {parameter["Name"].partition("application/")[2]: parameter["Value"] for parameter in told}
        assert told["database/address"] == self.outputs("rds")["db_address"]

    def is_watched(self) -> None:
        alarms = self.client("cloudwatch").describe_alarms()["MetricAlarms"]
        assert {alarm["Namespace"] for alarm in alarms} >= {"AWS/EC2", "AWS/RDS", "AWS/NATGateway"}
        topic = self.outputs("monitoring")["topic_arn"]
        assert {action for alarm in alarms for action in alarm["AlarmActions"]} >= {topic}
        (mail,) = self.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        assert mail["Endpoint"] == "platform@example.com"


def leaves_nothing(catalog: Catalog, prepared: Prepared) -> None:
    ec2 = catalog.client(prepared, "ec2")
    assert [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
    assert ec2.describe_addresses()["Addresses"] == []
    assert catalog.client(prepared, "rds").describe_db_instances()["DBInstances"] == []
    assert catalog.client(prepared, "s3").list_buckets()["Buckets"] == []
    assert catalog.client(prepared, "dynamodb").list_tables()["TableNames"] == []
    assert catalog.client(prepared, "iam").list_roles()["Roles"] == []
    parameters = catalog.client(prepared, "ssm").describe_parameters()["Parameters"]
    assert [parameter["Name"] for parameter in parameters if parameter["Name"].startswith("/acme/")] == []
    assert catalog.client(prepared, "cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert list(catalog.project.components.rglob("*.tf")) == []


def test_addresses_that_another_vpc_has_stop_everything(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, "240000000002")
    prepared = catalog.prepare("onboarding", "onboarding/dev.yaml")
    prepared.target.ensure()
    ec2 = catalog.client(prepared, "ec2")
    taken = ec2.create_vpc(CidrBlock="10.80.128.0/20")["Vpc"]["VpcId"]
    record = catalog.run(prepared, expect=RunStatus.FAILED)
    error = record.nodes["CheckPrereq"].visits[0].error
    assert error is not None
    assert error.message == f"10.80.0.0/16 overlaps 10.80.128.0/20, the range of {taken}"
    assert record.nodes["InitBackend"].status is NodeStatus.BLOCKED


def test_a_quota_that_is_used_up_stops_everything(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, "240000000003")
    prepared = catalog.prepare("onboarding", "onboarding/dev.yaml", sets=["allow_overlapping_cidrs=true"])
    prepared.target.ensure()
    ec2 = catalog.client(prepared, "ec2")
    for number in range(5):
        ec2.create_vpc(CidrBlock=f"10.80.{number}.0/24")
    record = catalog.run(prepared, expect=RunStatus.FAILED)
    error = record.nodes["CheckPrereq"].visits[0].error
    assert error is not None
    assert error.code == "onboarding.quota"
    assert "6 of 5 VPCs, and 1 more is needed" in error.message


@pytest.mark.parametrize(
    ("sets", "code"),
    [
        (["components.planet={}"], "onboarding.component"),
        (["components.vpc.vpc_cidr=10.80.0.0/8"], "vpc.cidr"),
        (["components.state.bucket_name=Not_A_Bucket"], "state.name"),
        (["components.rds.password=x"], "rds.password"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_anything_runs(
    local_cloud: LocalCloud, tmp_path: Path, sets: list[str], code: str
) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    with pytest.raises(MflowError) as caught:
        catalog.prepare("onboarding", "onboarding/dev.yaml", sets=sets)
    assert code in str({problem.code for problem in getattr(caught.value, "problems", (caught.value,))})
