# The role by which Terraform gets at state that is kept in S3: one folder of the bucket, the locks, the key.
#
# Principals of this account may assume it as far as IAM lets them. Those of `trusted_account_ids` have to name the
# `external_id` as well, so that nobody there can be talked into using it for someone else.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id
  region    = data.aws_region.current.id # `name` until provider 5, `region` since provider 6, `id` in both
  bucket    = "arn:${local.partition}:s3:::${var.bucket_name}"

  own_account = {
    Sid       = "OwnAccount"
    Effect    = "Allow"
    Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
    Action    = "sts:AssumeRole"
  }

  trusted_accounts = {
    Sid       = "TrustedAccounts"
    Effect    = "Allow"
    Principal = { AWS = [for id in var.trusted_account_ids : "arn:${local.partition}:iam::${id}:root"] }
    Action    = "sts:AssumeRole"
    Condition = { StringEquals = { "sts:ExternalId" = coalesce(var.external_id, "none") } }
  }

  use_key = {
    Sid      = "UseKey"
    Effect   = "Allow"
    Action   = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"]
    Resource = [coalesce(var.kms_key_arn, "none")]
  }
}

resource "aws_iam_role" "this" {
  name        = var.name
  description = "Reads and writes Terraform state below ${var.bucket_name}/${var.path}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [local.own_account],
      [for statement in [local.trusted_accounts] : statement if length(var.trusted_account_ids) > 0],
    )
  })

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_iam_role_policy" "this" {
  name = "state"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "FindState"
          Effect   = "Allow"
          Action   = ["s3:ListBucket"]
          Resource = [local.bucket]
        },
        {
          Sid      = "UseState"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
          Resource = ["${local.bucket}/${var.path}*"]
        },
        {
          Sid      = "LockState"
          Effect   = "Allow"
          Action   = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
          Resource = ["arn:${local.partition}:dynamodb:${local.region}:${local.account}:table/${var.table_name}"]
        },
      ],
      [for statement in [local.use_key] : statement if var.kms_key_arn != null],
    )
  })
}
