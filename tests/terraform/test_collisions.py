"""The way to take over what is there already, with the id where the error tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.terraform.collisions import collision_hint

AS_3_39 = "Error creating IAM Role rolly: EntityAlreadyExists: Role with name rolly already exists.\n\tstatus code: 409"
AS_6 = (
    "creating IAM Role (rolly): operation error IAM: CreateRole, https response error StatusCode: 409,"
    " EntityAlreadyExists: Role with name rolly already exists."
)


@pytest.mark.parametrize(
    ("address", "message", "known_by"),
    [
        ("module.role.aws_iam_role.this", AS_3_39, '"rolly"'),
        ('module.role.aws_iam_role.this["a.b"]', AS_6, '"rolly"'),
        (
            "aws_cloudwatch_log_group.this[0]",
            "Creating CloudWatch Log Group failed: ResourceAlreadyExistsException: The specified log group already"
            " exists:  The CloudWatch Log Group '/app/web' already exists.",
            '"/app/web"',
        ),
        (
            "aws_dynamodb_table.this",
            "error creating DynamoDB Table: ResourceInUseException: Table already exists: locks",
            '"locks"',
        ),
        (
            "aws_eks_cluster.this",
            "error creating EKS Cluster (main): ResourceInUseException: Cluster already exists with name: main",
            '"main"',
        ),
        (
            "aws_db_instance.this",
            "Error creating DB Instance: DBInstanceAlreadyExists: DB instance already exists",
            '"…" # the id of the aws_db_instance that is there',
        ),
        (
            "aws_security_group.this",
            "Error creating Security Group: InvalidGroup.Duplicate: The security group 'web' already exists",
            '"…" # the id of the aws_security_group that is there',
        ),
    ],
)
def test_the_hint_is_an_import_block_to_copy(address: str, message: str, known_by: str) -> None:
    hint = collision_hint(address, message, Path("/project/web"))
    assert f"write into /project/web/imports.tf\n  import {{\n    to = {address}\n    id = {known_by}\n  }}\n" in hint


@pytest.mark.parametrize(
    ("address", "message"),
    [("aws_iam_role.this", "AccessDenied: not yours"), ("", AS_6), ("module.role", AS_6)],
)
def test_other_errors_have_no_such_hint(address: str, message: str) -> None:
    assert collision_hint(address, message, Path()) == ""
