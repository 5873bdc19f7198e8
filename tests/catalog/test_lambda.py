"""The Lambda diagram with all its example vars: what the vars ask for is there, and nothing stays behind."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mermaid_flow.terraform.local_cloud import LocalCloud
from tests.catalog.harness import Catalog, Made, assert_every_edge_was_taken, live, live_side_by_side

ACCOUNT = "210000000006"
SOURCES = Path(__file__).parents[2] / "functions"


@pytest.mark.terraform
@pytest.mark.slow
def test_every_example_lives(local_cloud: LocalCloud, tmp_path: Path) -> None:
    shutil.copytree(SOURCES, tmp_path / "functions")
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    examples = {
        "inline": look_at_inline,
        "by-bucket-in-vpc": look_at_bucket_in_vpc,
        "zip-from-folder": look_at_folder,
        "container": look_at_container,
    }
    lives = [partial(live, catalog, "lambda", f"lambda/{name}.yaml", look) for name, look in examples.items()]
    assert_every_edge_was_taken(live_side_by_side(lives))
    prepared = catalog.prepare("lambda", "lambda/zip-from-folder.yaml")
    assert catalog.client(prepared, "lambda").list_functions()["Functions"] == []
    assert catalog.client(prepared, "iam").list_roles()["Roles"] == []
    assert catalog.client(prepared, "s3").list_buckets()["Buckets"] == []


def look_at_inline(made: Made) -> None:
    function = Function(made, "live")
    assert function.configuration["FunctionName"] == "acme-dev-greeter"
    assert function.configuration["Description"] == "Says hello"
    assert function.configuration["Handler"] == "index.handler"
    assert function.configuration["Runtime"] == "python3.8"  # the youngest that provider 3.39 knows
    assert function.configuration["Environment"]["Variables"] == {"GREETING": "hello", "RETRIES": "3"}
    assert function.configuration["TracingConfig"]["Mode"] == "Active"
    assert "xray:PutTraceSegments" in function.allowed()
    function.has_the_code_that_was_declared({"index.py": made.vars["inline_code"].encode()})
    function.logs(30)
    function.is_tagged("dev")
    assert function.callers() == {
        "Allow-api-gateway": "apigateway.amazonaws.com",
        "Allow-event-bridge": "events.amazonaws.com",
        "Allow-sns": "sns.amazonaws.com",
    }
    rule = made.client("events").describe_rule(Name="acme-dev-greeter")
    assert rule["ScheduleExpression"] == "rate(5 minutes)"
    (target,) = made.client("events").list_targets_by_rule(Rule="acme-dev-greeter")["Targets"]
    assert (target["Arn"], target["Input"]) == (made.outputs["alias_arn"], '{"from":"the clock"}')
    (subscription,) = made.client("sns").list_subscriptions_by_topic(TopicArn=made.outputs["topic_arn"])[
        "Subscriptions"
    ]
    assert subscription["Endpoint"] == made.outputs["alias_arn"]
    (api,) = made.client("apigatewayv2").get_apis()["Items"]
    (route,) = made.client("apigatewayv2").get_routes(ApiId=api["ApiId"])["Items"]
    assert (route["RouteKey"], route["AuthorizationType"]) == ("$default", "AWS_IAM")
    (integration,) = made.client("apigatewayv2").get_integrations(ApiId=api["ApiId"])["Items"]
    assert made.outputs["alias_arn"] in integration["IntegrationUri"]


def look_at_bucket_in_vpc(made: Made) -> None:
    function = Function(made, "stable")
    client = made.client("lambda")
    function.has_the_code_that_was_declared({file.name: file.read_bytes() for file in SOURCES.glob("orders/*.py")})
    assert (function.configuration["MemorySize"], function.configuration["Timeout"]) == (512, 60)
    assert client.get_function_concurrency(FunctionName=function.name)["ReservedConcurrentExecutions"] == 5
    warm = client.get_provisioned_concurrency_config(FunctionName=function.name, Qualifier="stable")
    assert warm["RequestedProvisionedConcurrentExecutions"] == 2
    network = function.configuration["VpcConfig"]
    ec2 = made.client("ec2")
    subnets = ec2.describe_subnets(SubnetIds=network["SubnetIds"])["Subnets"]
    assert sorted(subnet["CidrBlock"] for subnet in subnets) == ["10.99.0.0/20", "10.99.16.0/20"]
    (group,) = ec2.describe_security_groups(GroupIds=network["SecurityGroupIds"])["SecurityGroups"]
    assert group["IpPermissions"] == []
    assert {(r["FromPort"], r["IpRanges"][0]["CidrIp"]) for r in group["IpPermissionsEgress"]} == {
        (443, "0.0.0.0/0"),
        (5432, "10.99.0.0/16"),
    }
    bucket = made.outputs["trigger_bucket_name"]
    (told,) = made.client("s3").get_bucket_notification_configuration(Bucket=bucket)["LambdaFunctionConfigurations"]
    assert told["LambdaFunctionArn"] == made.outputs["alias_arn"]
    assert told["Filter"]["Key"]["FilterRules"] == [{"Name": "suffix", "Value": ".csv"}]
    feeds = {
        feed["EventSourceArn"].split(":")[2]: feed
        for feed in client.list_event_source_mappings()["EventSourceMappings"]
    }
    assert set(feeds) == {"sqs", "dynamodb"}
    queue = made.client("sqs").get_queue_attributes(QueueUrl=made.outputs["queue_url"], AttributeNames=["All"])
    assert feeds["sqs"]["EventSourceArn"] == queue["Attributes"]["QueueArn"]
    assert (feeds["sqs"]["BatchSize"], queue["Attributes"]["VisibilityTimeout"]) == (20, "360")
    assert json.loads(queue["Attributes"]["RedrivePolicy"])["maxReceiveCount"] == 5
    table = made.client("dynamodb").describe_table(TableName=made.outputs["table_name"])["Table"]
    assert feeds["dynamodb"]["EventSourceArn"] == table["LatestStreamArn"]
    assert feeds["dynamodb"]["StartingPosition"] == "TRIM_HORIZON"
    allowed = function.allowed()
    assert allowed["sqs:ReceiveMessage"] == [queue["Attributes"]["QueueArn"]]
    assert allowed["dynamodb:GetRecords"] == [table["LatestStreamArn"]]
    assert allowed["ssm:GetParameter"] == ["arn:aws:ssm:eu-west-1:*:parameter/prices/*"]
    assert "ec2:CreateNetworkInterface" in allowed


def look_at_folder(made: Made) -> None:
    function = Function(made, "live")
    function.has_the_code_that_was_declared({file.name: file.read_bytes() for file in SOURCES.glob("orders/*.py")})
    assert (function.configuration["MemorySize"], function.configuration["Timeout"]) == (128, 3)
    assert function.configuration["TracingConfig"]["Mode"] == "PassThrough"
    assert set(function.allowed()) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    function.logs(365)
    assert function.callers() == {}


def look_at_container(made: Made) -> None:
    function = Function(made, "live")
    assert function.configuration["PackageType"] == "Image"
    assert function.configuration["ImageConfigResponse"]["ImageConfig"]["Command"] == ["app.handler"]
    (repository,) = made.client("ecr").describe_repositories()["repositories"]
    assert (repository["repositoryName"], repository["imageTagMutability"]) == ("acme-media-thumbnails", "IMMUTABLE")
    images = made.client("ecr").list_images(repositoryName="acme-media-thumbnails")["imageIds"]
    assert [image["imageTag"] for image in images] == ["2024-05-01"]
    code = made.client("lambda").get_function(FunctionName=function.name)["Code"]
    assert code["ImageUri"] == f"{repository['repositoryUri']}:2024-05-01"
    rule = made.client("events").describe_rule(Name="acme-media-Thumbnails")
    assert json.loads(rule["EventPattern"]) == made.vars["event_pattern"]


class Function:
    """A function as boto3 sees it, by its alias."""

    def __init__(self, made: Made, alias: str) -> None:
        self.made = made
        self.name = made.outputs["function_name"]
        self.alias = alias
        self.client = made.client("lambda")
        self.configuration = self.client.get_function_configuration(FunctionName=self.name)
        found = self.client.get_alias(FunctionName=self.name, Name=alias)
        assert found["AliasArn"] == made.outputs["alias_arn"]
        assert found["FunctionVersion"] == made.outputs["function_version"]

    def has_the_code_that_was_declared(self, files: dict[str, bytes]) -> None:
        """The archive holds these files, and AWS has the archive that was declared."""
        (component,) = self.made.catalog.project.state.glob(f"components/**/files/{self.name}.zip")
        content = component.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == files
        assert self.configuration["CodeSha256"] == base64.b64encode(hashlib.sha256(content).digest()).decode()

    def allowed(self) -> dict[str, Any]:
        """What the function's role allows: action to resources."""
        role = self.made.outputs["role_arn"].rpartition("/")[2]
        document = self.made.client("iam").get_role_policy(RoleName=role, PolicyName="work")["PolicyDocument"]
        return {action: s["Resource"] for s in document["Statement"] for action in s["Action"]}

    def callers(self) -> dict[str, str]:
        """Who may call the alias: statement to service."""
        try:
            policy = self.client.get_policy(FunctionName=self.name, Qualifier=self.alias)["Policy"]
        except self.client.exceptions.ResourceNotFoundException:
            return {}
        return {s["Sid"]: s["Principal"]["Service"] for s in json.loads(policy)["Statement"]}

    def logs(self, days: int) -> None:
        """The log group that Lambda writes to is there and is kept for so long."""
        groups = self.made.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{self.name}")
        assert [group["retentionInDays"] for group in groups["logGroups"]] == [days]

    def is_tagged(self, environment: str) -> None:
        tags = self.client.list_tags(Resource=self.configuration["FunctionArn"])["Tags"]
        assert {"ManagedBy": "mermaid-flow", "Environment": environment}.items() <= tags.items()
