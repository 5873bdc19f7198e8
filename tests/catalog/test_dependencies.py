"""The dependency graph for real: every component with its own state, in order, as one and in parts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from mermaid_flow.engine.events import NodeStatus
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.engine.visits import Changes
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.selection import LEFT_OUT
from mermaid_flow.session.destroy import destroy
from mermaid_flow.session.prepare import Prepared
from mermaid_flow.session.run import start
from mermaid_flow.terraform.local_cloud import LocalCloud
from tests.catalog.harness import Catalog, assert_current_and_explained, assert_every_edge_was_taken
from tests.catalog.planned import Planned

ACCOUNT = "210000000009"
EXAMPLE = "dependencies/development.yaml"
COMPONENTS = {
    *("backend", "vpc", "iam", "security-groups", "vpc-endpoints", "roles-policies", "rds", "elasticache", "ec2"),
    *("eks", "ecs", "lambda", "route53", "acm", "load-balancer", "api-gateway", "application", "monitoring"),
}


@pytest.mark.terraform
@pytest.mark.slow
def test_the_whole_graph_lives(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    prepared = catalog.prepare("dependencies", EXAMPLE)
    record = run(catalog, prepared)
    assert_every_edge_was_taken([record])
    environment = Environment(catalog, prepared)
    assert environment.deployed == COMPONENTS
    environment.looks_right()
    assert_current_and_explained(catalog, tmp_path / "scanned")
    again = run(catalog, catalog.prepare("dependencies", EXAMPLE))
    assert set(applied(again).values()) == {Changes()}
    assert {component.seconds for component in again.components.values()} == {0}  # nobody asked Terraform
    part = catalog.prepare("dependencies", EXAMPLE, sets=["components.monitoring.thresholds.ec2-cpu=70"])
    changed = run(catalog, part)
    assert {name for name, changes in applied(changed).items() if changes} == {"dev/monitoring"}
    destroy(replace(prepared, left_out=frozenset(prepared.graph.nodes) - {"Monitoring"}), lambda _: None)
    assert environment.deployed == COMPONENTS - {"monitoring"}
    gone = destroy(prepared, lambda _: None)
    places = {name.removeprefix("dev/"): place for place, name in enumerate(gone)}
    assert places["application"] < places["api-gateway"] < places["load-balancer"] < places["ec2"]
    assert places["ec2"] < places["security-groups"] < places["vpc"] < places["backend"]
    environment.is_gone()


@pytest.mark.terraform
def test_a_part_runs_alone_and_what_it_needs_is_said(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, "210000000019")
    part = only(catalog, "RolesPolicies")
    failed = run(catalog, part, expect="failed")
    error = failed.nodes["RolesPolicies"].visits[0].error
    assert error is not None
    assert error.message == "the component 'iam' has no output 'role_names'"
    assert "--with-dependencies" in error.hint
    both = only(catalog, "securityLayer", without={"SecurityGroups", "ACM"})
    record = run(catalog, both)
    skipped = {node.id for node in record.nodes.values() if node.last and node.last.skipped == LEFT_OUT}
    assert skipped == set(record.nodes) - {"IAM", "RolesPolicies"}
    assert record.nodes["EC2"].status is NodeStatus.SUCCEEDED  # it counts as done
    assert set(record.components) == {"dev/iam", "dev/roles-policies"}
    again = run(catalog, both)
    assert set(applied(again).values()) == {Changes()}
    assert destroy(both, lambda _: None) == ("dev/roles-policies", "dev/iam")


def only(catalog: Catalog, name: str, without: set[str] | None = None) -> Prepared:
    """The graph limited to a node or class, but for some of its nodes."""
    prepared = catalog.prepare("dependencies", EXAMPLE, only=(name,))
    return replace(prepared, left_out=prepared.left_out | frozenset(without or ()))


def run(catalog: Catalog, prepared: Prepared, expect: str = "succeeded") -> RunRecord:
    """Like the harness's, with room for all that can go side by side."""
    begun = start(prepared, options=Options(parallel=8, wait=False))
    status = begun.carry_out()
    record = RunRecord.open(begun.folder)
    assert status == expect, {visit.node: visit.error for visit in record.visits if visit.error}
    return record


def applied(record: RunRecord) -> dict[str, Changes | None]:
    return {name: component.applied for name, component in record.components.items()}


class Environment:
    """Everything that the graph has deployed, as the outputs and boto3 see it."""

    def __init__(self, catalog: Catalog, prepared: Prepared) -> None:
        self.catalog = catalog
        self.prepared = prepared
        self.folder = catalog.project.components / "local" / "dev"

    @property
    def deployed(self) -> set[str]:
        return {file.parent.name for file in self.folder.glob("*/terraform.tfstate")}

    @cached_property
    def outputs(self) -> Mapping[str, Mapping[str, Any]]:
        """The outputs of each component, each from a state of its own."""
        states = {name: json.loads((self.folder / name / "terraform.tfstate").read_text()) for name in self.deployed}
        return {
            name: {output: entry["value"] for output, entry in state["outputs"].items()}
            for name, state in states.items()
        }

    def client(self, service: str) -> Any:
        return self.catalog.client(self.prepared, service)

    def looks_right(self) -> None:
        self.keeps_states()
        self.is_guarded()
        self.computes()
        self.stores()
        self.leads_requests()
        self.tells_applications()
        self.is_watched()

    def keeps_states(self) -> None:
        bucket = self.outputs["backend"]["bucket_name"]
        assert self.client("s3").get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        table = self.client("dynamodb").describe_table(TableName=self.outputs["backend"]["table_name"])["Table"]
        assert [key["AttributeName"] for key in table["KeySchema"]] == ["LockID"]

    def is_guarded(self) -> None:
        groups = self.outputs["security-groups"]["security_group_ids"]
        found = self.client("ec2").describe_security_groups(GroupIds=list(groups.values()))["SecurityGroups"]
        (application,) = [group for group in found if group["GroupId"] == groups["application"]]
        (rule,) = application["IpPermissions"]
        assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [groups["load-balancer"]]
        assert (rule["FromPort"], rule["ToPort"]) == (8080, 8080)
        endpoints = self.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
        assert {endpoint["VpcId"] for endpoint in endpoints} == {self.outputs["vpc"]["vpc_id"]}
        assert {endpoint["VpcEndpointId"] for endpoint in endpoints} >= set(
            self.outputs["vpc-endpoints"]["vpc_endpoint_ids"].values()
        )
        iam = self.client("iam")
        attached = iam.list_attached_role_policies(RoleName="acme-dev-ecs-task")["AttachedPolicies"]
        assert [policy["PolicyName"] for policy in attached] == ["acme-dev-read-parameters"]
        role = iam.get_role(RoleName="acme-dev-ec2")["Role"]
        boundary = self.outputs["iam"]["boundary_arn"]
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary

    def computes(self) -> None:
        groups = self.outputs["security-groups"]["security_group_ids"]
        instances = self.client("ec2").describe_instances(InstanceIds=self.outputs["ec2"]["instance_ids"])
        for reservation in instances["Reservations"]:
            for instance in reservation["Instances"]:
                assert instance["SubnetId"] in self.outputs["vpc"]["private_subnet_ids"]
                assert instance["MetadataOptions"]["HttpTokens"] == "required"
                assert [group["GroupId"] for group in instance["SecurityGroups"]] == [groups["application"]]
                assert instance["IamInstanceProfile"]["Arn"].endswith("instance-profile/acme-dev-ec2")
        (service,) = self.client("ecs").describe_services(
            cluster=self.outputs["ecs"]["cluster_name"], services=[self.outputs["ecs"]["service_name"]]
        )["services"]
        (balancer,) = service["loadBalancers"]
        assert balancer["targetGroupArn"] == self.outputs["load-balancer"]["target_group_arns"]["ecs"]
        network = service["networkConfiguration"]["awsvpcConfiguration"]
        assert network["securityGroups"] == [groups["application"]]
        (cluster,) = self.client("eks").list_clusters()["clusters"]
        vpc = self.client("eks").describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]
        assert set(vpc["subnetIds"]) <= set(self.outputs["vpc"]["private_subnet_ids"])
        function = self.client("lambda").get_function(FunctionName=self.outputs["lambda"]["function_name"])
        assert set(function["Configuration"]["VpcConfig"]["SubnetIds"]) == set(
            self.outputs["vpc"]["private_subnet_ids"]
        )

    def stores(self) -> None:
        application = self.outputs["security-groups"]["security_group_ids"]["application"]
        (database,) = self.client("rds").describe_db_instances()["DBInstances"]
        assert database["Engine"] == "postgres"
        (guard,) = [group["VpcSecurityGroupId"] for group in database["VpcSecurityGroups"]]
        (group,) = self.client("ec2").describe_security_groups(GroupIds=[guard])["SecurityGroups"]
        (rule,) = group["IpPermissions"]
        assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [application]
        (cache,) = self.client("elasticache").describe_replication_groups()["ReplicationGroups"]
        assert cache["ReplicationGroupId"] == self.outputs["elasticache"]["replication_group_id"]
        assert cache["TransitEncryptionEnabled"] is cache["AtRestEncryptionEnabled"] is True

    def leads_requests(self) -> None:
        found = self.outputs["load-balancer"]
        elb = self.client("elbv2")
        (balancer,) = elb.describe_load_balancers(LoadBalancerArns=[found["load_balancer_arn"]])["LoadBalancers"]
        assert balancer["Scheme"] == "internal"
        targets = elb.describe_target_health(TargetGroupArn=found["target_group_arns"]["ec2"])
        registered = {target["Target"]["Id"] for target in targets["TargetHealthDescriptions"]}
        assert registered == set(self.outputs["ec2"]["instance_ids"])
        gateway = self.client("apigatewayv2")
        (api,) = gateway.get_apis()["Items"]
        integrations = {i["IntegrationUri"]: i for i in gateway.get_integrations(ApiId=api["ApiId"])["Items"]}
        assert integrations[found["listener_arn"]]["ConnectionType"] == "VPC_LINK"
        assert any(self.outputs["lambda"]["function_name"] in uri for uri in integrations)
        domain = gateway.get_domain_name(DomainName="api.dev.example.com")
        (configuration,) = domain["DomainNameConfigurations"]
        assert configuration["CertificateArn"] == self.outputs["acm"]["certificate_arn"]
        certificate = self.client("acm").describe_certificate(CertificateArn=configuration["CertificateArn"])
        assert certificate["Certificate"]["Status"] == "ISSUED"

    def tells_applications(self) -> None:
        ssm = self.client("ssm")
        names = self.outputs["application"]["parameter_names"].values()
        found = ssm.get_parameters(Names=list(names), WithDecryption=True)["Parameters"]
        told = {parameter["Name"].removeprefix("/acme/dev/application/"): parameter["Value"] for parameter in found}
        assert told["database/address"] == self.outputs["rds"]["db_address"]
        assert told["cache/address"] == self.outputs["elasticache"]["cache_address"]
        assert told["load-balancer/address"] == self.outputs["load-balancer"]["dns_name"]
        assert told["api/url"] == self.outputs["api-gateway"]["domain_url"]
        assert {parameter["Type"] for parameter in found} == {"SecureString"}

    def is_watched(self) -> None:
        prefix = "acme-dev-"  # the alarms of autoscaling are called otherwise
        alarms = self.client("cloudwatch").describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]
        topic = self.outputs["monitoring"]["topic_arn"]
        assert {tuple(alarm["AlarmActions"]) for alarm in alarms} == {(topic,)}
        kinds = {alarm["AlarmName"].partition("/")[0] for alarm in alarms}
        assert kinds == {prefix + kind for kind in ("ec2-cpu", "rds-cpu", "rds-space", "lambda-errors", "api-errors")}
        assert len([alarm for alarm in alarms if "ec2-cpu" in alarm["AlarmName"]]) == 2
        mails = self.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        assert [mail["Endpoint"] for mail in mails] == ["platform@example.com"]

    def is_gone(self) -> None:
        assert self.deployed == set()
        ec2 = self.client("ec2")
        assert [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
        assert self.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
        assert self.client("rds").describe_db_instances()["DBInstances"] == []
        assert self.client("iam").list_roles()["Roles"] == []
        assert self.client("s3").list_buckets()["Buckets"] == []
        assert self.client("route53").list_hosted_zones()["HostedZones"] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("components: {rdss: {}}", "the graph has no component 'rdss'"),
        ("components: {rds: {backup_window: midnight}}", "backup_window"),
        ("components: {vpc: {enable_vpc_endpoints: true}}", "the VPC's endpoints are the box VPC Endpoints here"),
        ("components: {rds: {password: secret}}", "password would stand in generated files"),
    ],
)
def test_settings_of_components_that_cannot_work_are_told_before_the_run(
    tmp_path: Path, text: str, message: str
) -> None:
    network = (
        "vpc_cidr: 10.0.0.0/16\nazs: [us-east-1a]\npublic_subnets: [10.0.0.0/24]\nprivate_subnets: [10.0.1.0/24]\n"
    )
    with pytest.raises(MflowError) as caught:
        Planned(tmp_path, "dependencies", network + text)
    assert message in str(caught.value)
    assert "vars.yaml:5" in str(caught.value)
