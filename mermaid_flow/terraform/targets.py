"""Where Terraform works: the emulated AWS of this machine or a real account. Everything else only sees a `Target`."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import Value
from mermaid_flow.terraform.local_cloud import LocalCloud
from mermaid_flow.terraform.provider_mirror import AWS_PROVIDER_VERSION, ensure_mirror

AWS_PROVIDER = "hashicorp/aws"
LOCAL_ACCOUNT = "123456789012"
OVERRIDE_FILE = "mflow_target_override.tf"

_SERVICES = """
accessanalyzer acm acmpca amplify apigateway appconfig applicationautoscaling applicationinsights appmesh appstream
appsync athena auditmanager autoscaling autoscalingplans backup batch budgets cloud9 cloudformation cloudfront
cloudhsm cloudsearch cloudtrail cloudwatch cloudwatchevents cloudwatchlogs codeartifact codebuild codecommit
codedeploy codepipeline codestarconnections cognitoidentity cognitoidp configservice connect cur dataexchange
datapipeline datasync dax detective devicefarm directconnect dlm dms docdb ds dynamodb ec2 ecr ecrpublic ecs efs eks
elasticache elasticbeanstalk elastictranscoder elb emr emrcontainers es firehose fms forecast fsx gamelift glacier
globalaccelerator glue greengrass guardduty iam identitystore imagebuilder inspector iot iotanalytics iotevents kafka
kinesis kinesisanalytics kinesisanalyticsv2 kinesisvideo kms lakeformation lambda lexmodels licensemanager lightsail
macie macie2 managedblockchain marketplacecatalog mediaconnect mediaconvert medialive mediapackage mediastore
mediastoredata mq mwaa neptune networkfirewall networkmanager opsworks organizations outposts personalize pinpoint
pricing qldb quicksight ram rds redshift resourcegroups resourcegroupstaggingapi route53 route53domains
route53resolver s3 s3control s3outposts sagemaker sdb secretsmanager securityhub serverlessrepo servicecatalog
servicediscovery servicequotas ses shield signer sns sqs ssm ssoadmin stepfunctions storagegateway sts swf synthetics
timestreamwrite transfer waf wafregional wafv2 worklink workmail workspaces xray
"""
ENDPOINTS = tuple(_SERVICES.split())
"""Every service that provider 3.39 knows: all of them stay on this machine, also those that the emulator lacks."""


class Target(Protocol):
    """What Terraform and the handlers reach. The first line of a run is its `describe()`."""

    @property
    def name(self) -> str:
        """`local` or `aws`."""

    @property
    def region(self) -> str:
        """The AWS region."""

    @property
    def account(self) -> str:
        """The AWS account id; an empty string while it is not known."""

    def ensure(self) -> None:
        """Make the target ready: start the local cloud, check the credentials. Raises MflowError. Cheap when it is."""

    def in_region(self, region: str) -> Target:
        """The same target, in another region."""

    def notices(self) -> Sequence[str]:
        """What `ensure` found that the user should know, for instance that the local cloud was emptied."""

    def instance_id(self) -> str | None:
        """Names one life of a target that can be emptied as a whole: state from another life is stale. None for AWS."""

    def environment(self) -> Mapping[str, str]:
        """Process environment for terraform and for handlers: credentials, endpoint, CLI configuration file."""

    def override_files(self) -> Mapping[str, str]:
        """Generated HCL beside the root module, file name (`*_override.tf`) to text: the provider block."""

    def backend_settings(self, kind: str) -> Mapping[str, Value]:
        """What a backend of that type (`s3`) needs besides its own settings to reach this target; often nothing."""

    def provider_versions(self) -> Mapping[str, str]:
        """The version that each provider will have, by source address (`hashicorp/aws`); absent when any will do."""

    def describe(self) -> str:
        """One line for people: the target and, for AWS, account and region."""


class LocalTarget:
    """The emulated AWS of a project. Any account id is an account of its own, empty at first."""

    name = "local"

    def __init__(
        self,
        project: Path,
        *,
        region: str = "us-east-1",
        account: str = LOCAL_ACCOUNT,
        cloud: LocalCloud | None = None,
    ) -> None:
        self.region = _checked("region", region, _REGION, "us-east-1")
        self.account = _checked("account", account, _ACCOUNT, LOCAL_ACCOUNT)
        self.cloud = cloud or LocalCloud(project)
        self._notices: list[str] = []

    def ensure(self) -> None:
        """Start the local cloud unless it runs, and unpack the provider unless it is there."""
        ensure_mirror()
        instance = self.cloud.instance_id() or self.cloud.start().instance
        remembered = self.cloud.folder / "instance"
        before = remembered.read_text().strip() if remembered.is_file() else instance
        if before != instance:
            self._notices.append("the local cloud was reset: what was created in it before is gone")
        if before != instance or not remembered.is_file():
            remembered.write_text(instance + "\n")

    def in_region(self, region: str) -> LocalTarget:
        return LocalTarget(self.cloud.project, region=region, account=self.account, cloud=self.cloud)

    def notices(self) -> Sequence[str]:
        return tuple(self._notices)

    def instance_id(self) -> str | None:
        return self.cloud.instance_id()

    def environment(self) -> Mapping[str, str]:
        """The whole environment, without anything that could lead to a real account."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_") and key not in _TERRAFORM}
        return {
            **kept,
            **_QUIET,
            "TF_CLI_CONFIG_FILE": str(ensure_mirror().configuration),
            "AWS_ACCESS_KEY_ID": self.account,  # the emulator takes twelve digits for the account
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.cloud.endpoint,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **{name: _without_proxy(os.environ.get(name, "")) for name in ("NO_PROXY", "no_proxy")},
        }

    def override_files(self) -> Mapping[str, str]:
        """The provider block that leads every service to the emulator; it merges into the root module's own."""
        arguments = {
            "region": f'"{self.region}"',
            "access_key": f'"{self.account}"',
            "secret_key": '"local"',
            "skip_credentials_validation": "true",
            "skip_metadata_api_check": "true",
            "skip_requesting_account_id": "false",  # true would leave the account out of ARNs
            "s3_force_path_style": "true",
        }
        width = max(map(len, ENDPOINTS))
        lines = [
            "# Written by mflow for the local target: the provider talks to the emulated AWS of this project.",
            'provider "aws" {',
            *(f"  {name:<27} = {value}" for name, value in arguments.items()),
            "",
            "  endpoints {",
            *(f'    {service:<{width}} = "{self.cloud.endpoint}"' for service in ENDPOINTS),
            "  }",
            "}",
        ]
        return {OVERRIDE_FILE: "\n".join(lines) + "\n"}

    def backend_settings(self, kind: str) -> Mapping[str, Value]:
        """The emulator's address and its test credentials, as the S3 backend takes them since Terraform 1.6."""
        if kind != "s3":
            return {}
        return {
            "access_key": self.account,
            "secret_key": "local",
            "skip_credentials_validation": True,
            "skip_metadata_api_check": True,
            "skip_requesting_account_id": True,
            "use_path_style": True,
            "endpoints": dict.fromkeys(("dynamodb", "iam", "s3", "sts"), self.cloud.endpoint),
        }

    def provider_versions(self) -> Mapping[str, str]:
        return {AWS_PROVIDER: AWS_PROVIDER_VERSION}

    def describe(self) -> str:
        return f"local: emulated AWS on this machine, account {self.account}, region {self.region}"


class AwsTarget:
    """A real AWS account, reached with the user's own credentials. Never the default."""

    name = "aws"

    def __init__(self, *, region: str | None = None) -> None:
        self.region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
        self.account = ""

    def ensure(self) -> None:
        """Ask AWS whose credentials these are. Raises MflowError without boto3, a region or valid credentials."""
        if self.account:
            return
        try:
            boto3 = importlib.import_module("boto3")
            exceptions = importlib.import_module("botocore.exceptions")
        except ModuleNotFoundError:
            raise MflowError(
                "the target aws needs boto3 to find out which account it works in",
                code="aws.boto3",
                hint="pip install boto3",
            ) from None
        try:
            session = boto3.Session(region_name=self.region or None)
            self.region = session.region_name or ""
            if not self.region:
                raise MflowError("no AWS region is given", code="aws.region", hint="use `--region`, or set AWS_REGION")
            self.account = str(session.client("sts").get_caller_identity()["Account"])
        except (exceptions.BotoCoreError, exceptions.ClientError) as error:
            raise MflowError(
                f"AWS does not accept the credentials: {error}",
                code="aws.credentials",
                hint="log in (`aws sso login`) or set AWS_PROFILE; `--target local` needs no account",
            ) from error

    def in_region(self, region: str) -> AwsTarget:
        other = AwsTarget(region=region)
        other.account = self.account
        return other

    def notices(self) -> Sequence[str]:
        return ()

    def instance_id(self) -> str | None:
        return None

    def environment(self) -> Mapping[str, str]:
        """The user's environment with the region."""
        kept = {key: value for key, value in os.environ.items() if key not in _TERRAFORM}
        return {**kept, **_QUIET, "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}

    def override_files(self) -> Mapping[str, str]:
        return {}

    def backend_settings(self, kind: str) -> Mapping[str, Value]:  # noqa: ARG002 - the user's credentials do
        return {}

    def provider_versions(self) -> Mapping[str, str]:
        return {}

    def describe(self) -> str:
        self.ensure()
        return f"aws: account {self.account}, region {self.region}"


def _checked(what: str, value: str, pattern: str, example: str) -> str:
    """Region and account go into generated HCL and into ARNs: nothing but what they look like may come through."""
    if not re.fullmatch(pattern, value):
        raise MflowError(f"{value!r} is not an AWS {what}", code=f"target.{what}", hint=f"for instance {example}")
    return value


def _without_proxy(hosts: str) -> str:
    """A NO_PROXY value that keeps boto3 from asking a proxy for this machine."""
    return ",".join(filter(None, (hosts, "127.0.0.1", "localhost")))


_REGION = r"[a-z]{2}(-[a-z]+)+-\d+"
_ACCOUNT = r"\d{12}"
_QUIET = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
_TERRAFORM = {"TF_PLUGIN_CACHE_DIR", "TF_DATA_DIR", "TF_WORKSPACE", "TF_REATTACH_PROVIDERS"}
"""The user's settings that would change where mflow's own Terraform looks: the cache is not safe in parallel."""
