"""The state diagram: a backend made and one that is there already, both with all that their vars ask for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mermaid_flow.engine.events import NodeStatus, RunStatus
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.session.prepare import Prepared
from mermaid_flow.terraform.local_cloud import LocalCloud
from tests.catalog.harness import Catalog, assert_current_and_explained, assert_every_edge_was_taken, tags

ACCOUNT = "230000000001"
BUCKET, TABLE = "acme-core-dev-terraform-state", "acme-core-dev-terraform-locks"
KEY, SHARED_KEY = "core/shared/dev/state/terraform.tfstate", "core/shared/test/terraform.tfstate"
GROUP = "/acme/dev/audit"


@pytest.mark.terraform
@pytest.mark.slow
def test_every_example_lives(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    first = catalog.prepare("state", "state/bootstrap.yaml")
    first.target.ensure()
    catalog.client(first, "logs").create_log_group(logGroupName=GROUP)
    made = catalog.run(first)
    backend = Backend(catalog, first, made)
    backend.can_hold_state()
    backend.is_reached_by_a_role()
    backend.keeps_the_state()
    backend.is_locked_by_one_at_a_time()
    assert imported(catalog, first, made) == [f'module.logs.aws_cloudwatch_log_group.this["audit"] {GROUP}']
    backed_up(catalog, first, made)

    second = catalog.prepare("state", "state/shared-backend.yaml")
    shared = catalog.run(second)
    assert_current_and_explained(catalog, tmp_path / "scanned")
    assert_every_edge_was_taken([made, shared])
    assert backend.state(SHARED_KEY)["resources"] != []
    assert labels(shared, "ImportExists") == ("No",)

    again = catalog.run(catalog.prepare("state", "state/bootstrap.yaml"))
    assert labels(again, "BackendExists") == ("Yes",)
    assert labels(again, "ImportExists") == ("No",)
    assert [component.applied for component in again.components.values() if component.applied] == []
    for prepared in (second, first):
        catalog.terraform(prepared).plan_is_clean()
        catalog.destroy(prepared)
    leaves_nothing(catalog, first)


def test_a_backend_that_cannot_hold_state_is_refused(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, "230000000002")
    prepared = catalog.prepare("state", "state/shared-backend.yaml", sets=["bucket_name=bare-bucket"])
    prepared.target.ensure()
    dynamodb, s3 = catalog.client(prepared, "dynamodb"), catalog.client(prepared, "s3")
    s3.create_bucket(Bucket="bare-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    create_table(dynamodb, "Lock")
    assert (
        refusal(catalog, prepared)
        == "the bucket bare-bucket keeps no versions: a damaged state could not be brought back"
    )
    s3.put_bucket_versioning(Bucket="bare-bucket", VersioningConfiguration={"Status": "Enabled"})
    assert refusal(catalog, prepared) == "the bucket bare-bucket does not encrypt, and state holds secrets"
    by_default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket="bare-bucket", ServerSideEncryptionConfiguration={"Rules": [by_default]})
    assert refusal(catalog, prepared) == "the bucket bare-bucket may be public, and state holds secrets"
    closed = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(
        Bucket="bare-bucket", PublicAccessBlockConfiguration={**closed, "BlockPublicPolicy": False}
    )
    assert refusal(catalog, prepared) == "the bucket bare-bucket may be public, and state holds secrets"
    s3.put_public_access_block(Bucket="bare-bucket", PublicAccessBlockConfiguration=closed)
    assert refusal(catalog, prepared) == f"the table {TABLE} holds no locks: its only key must be LockID"


def refusal(catalog: Catalog, prepared: Prepared) -> str:
    """Why *Use Existing Backend* fails."""
    record = catalog.run(prepared, expect=RunStatus.FAILED)
    error = record.nodes["UseExistingBackend"].visits[0].error
    assert error is not None and error.code == "state.unfit"
    assert record.nodes["ConfigureLocking"].status is NodeStatus.BLOCKED
    return error.message


def create_table(dynamodb: Any, key: str) -> None:
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.mark.parametrize(
    ("sets", "code"),
    [
        (["bucket_name=Not_A_Bucket"], "state.name"),
        (["dynamodb_table_name=x"], "state.name"),
        (["external_id=null"], "state.external_id"),
        (["use_iam_role=false"], "state.role"),
        (["imports=[{to: a}]"], "state.imports"),
        (["modules={other: {inputs: {}}}"], "state.modules"),
        (["state_organization=planet"], ""),
    ],
)
def test_vars_that_cannot_work_are_refused_before_anything_runs(
    local_cloud: LocalCloud, tmp_path: Path, sets: list[str], code: str
) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    with pytest.raises(MflowError) as caught:
        catalog.prepare("state", "state/bootstrap.yaml", sets=sets)
    assert code in ("", caught.value.code)


class Backend:
    """The backend as boto3 sees it."""

    def __init__(self, catalog: Catalog, prepared: Prepared, record: RunRecord) -> None:
        self.catalog = catalog
        self.prepared = prepared
        self.record = record
        self.s3 = catalog.client(prepared, "s3")
        self.dynamodb = catalog.client(prepared, "dynamodb")
        self.outputs = record.components["core/shared/dev/state-backend"].outputs

    def state(self, key: str) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
        return state

    def can_hold_state(self) -> None:
        key = self.outputs["kms_key_arn"]
        assert self.s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
        (rule,) = self.s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        block = self.s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}
        (rule,) = self.s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
        assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30
        table = self.dynamodb.describe_table(TableName=TABLE)["Table"]
        assert table["KeySchema"] == [{"AttributeName": "LockID", "KeyType": "HASH"}]
        assert table["SSEDescription"]["Status"] == "ENABLED"
        assert table["SSEDescription"]["KMSMasterKeyArn"] == key
        kms = self.catalog.client(self.prepared, "kms")
        assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
        tagged = tags({"Tags": self.s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"]})
        assert tagged.items() >= {"Owner": "platform", "Environment": "dev"}.items()

    def is_reached_by_a_role(self) -> None:
        iam = self.catalog.client(self.prepared, "iam")
        role = iam.get_role(RoleName="acme-core-dev-state-access")["Role"]
        assert role["Arn"] == self.outputs["role_arn"]
        own, others = role["AssumeRolePolicyDocument"]["Statement"]
        assert own["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        assert others["Principal"] == {"AWS": ["arn:aws:iam::210987654321:root"]}
        assert others["Condition"] == {"StringEquals": {"sts:ExternalId": "acme-terraform-state"}}
        policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName="state")["PolicyDocument"]
        may = {statement["Sid"]: statement["Resource"] for statement in policy["Statement"]}
        assert may == {
            "FindState": [f"arn:aws:s3:::{BUCKET}"],
            "UseState": [f"arn:aws:s3:::{BUCKET}/core/shared/dev/*"],
            "LockState": [f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{TABLE}"],
            "UseKey": [self.outputs["kms_key_arn"]],
        }

    def keeps_the_state(self) -> None:
        folder = self.catalog.terraform(self.prepared).folder
        block = (folder / "backend.tf").read_text()
        for text in (BUCKET, TABLE, f'"{KEY}"', str(self.outputs["role_arn"])):
            assert text in block
        assert not (folder / "terraform.tfstate").exists()
        kinds = {resource["type"] for resource in self.state(KEY)["resources"]}
        assert kinds == {"aws_cloudwatch_log_group", "aws_ssm_parameter"}
        own = self.state("core/shared/dev/state-backend/terraform.tfstate")
        assert {"aws_s3_bucket", "aws_dynamodb_table", "aws_kms_key", "aws_iam_role"} <= {
            resource["type"] for resource in own["resources"]
        }
        ssm = self.catalog.client(self.prepared, "ssm")
        found = ssm.get_parameter(Name="/acme-core-dev/terraform-state/bucket", WithDecryption=True)["Parameter"]
        assert found["Value"] == BUCKET

    def is_locked_by_one_at_a_time(self) -> None:
        assert values(self.record, "ConfigureLocking")["second_holder"] == "refused"
        refused = str(values(self.record, "TerraformInit")["second_operation"])
        assert "Error acquiring the state lock" in refused
        assert f"mflow-{self.record.id}" in refused
        locks = self.dynamodb.scan(TableName=TABLE)["Items"]
        assert [lock["LockID"]["S"] for lock in locks if not lock["LockID"]["S"].endswith("-md5")] == []


def imported(catalog: Catalog, prepared: Prepared, record: RunRecord) -> list[str]:
    """What was taken over instead of being made: address and id. The group has got what the vars say of it."""
    assert labels(record, "ImportExists") == ("Yes",)
    (group,) = catalog.client(prepared, "logs").describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    assert group["retentionInDays"] == 90
    state = json.loads(catalog.terraform(prepared).run("show", "-json"))
    modules = state["values"]["root_module"]["child_modules"]
    return [
        f"{resource['address']} {resource['values']['id']}"
        for module in modules
        for resource in module["resources"]
        if resource["type"] == "aws_cloudwatch_log_group"
    ]


def backed_up(catalog: Catalog, prepared: Prepared, record: RunRecord) -> None:
    """The copy is the state, and the version that S3 names is the same one."""
    said = values(record, "BackupState")
    copy = Path(str(said["file"]))
    assert record.id in copy.parts
    assert copy.stat().st_mode & 0o077 == 0
    version = catalog.client(prepared, "s3").get_object(Bucket=BUCKET, Key=KEY, VersionId=said["version_id"])
    assert json.loads(copy.read_text())["serial"] == json.loads(version["Body"].read())["serial"] == said["serial"]


def values(record: RunRecord, node: str) -> dict[str, object]:
    last = record.nodes[node].last
    assert last is not None
    return dict(last.values)


def labels(record: RunRecord, node: str) -> tuple[str, ...]:
    (decision,) = [decision for decision in record.decisions if decision.node == node]
    return decision.labels


def leaves_nothing(catalog: Catalog, prepared: Prepared) -> None:
    assert catalog.client(prepared, "s3").list_buckets()["Buckets"] == []
    assert catalog.client(prepared, "dynamodb").list_tables()["TableNames"] == []
    assert catalog.client(prepared, "iam").list_roles()["Roles"] == []
    assert catalog.client(prepared, "logs").describe_log_groups()["logGroups"] == []
    parameters = catalog.client(prepared, "ssm").describe_parameters()["Parameters"]
    assert [parameter["Name"] for parameter in parameters if parameter["Name"].startswith("/acme")] == []
    assert list(catalog.project.components.rglob("*.tf")) == []
