# A KMS key of your own, which AWS renews every year.
#
# Who may use it is a matter of IAM in this account, says the key's policy (checkov CKV2_AWS_64 does not see it).
# CloudWatch Logs is no user of IAM: with `cloudwatch_logs` its log groups of this account and region may be encrypted
# with the key as well. Other services that use the key by themselves, such as CloudWatch for alarms that tell an
# encrypted topic, stand in `services`.
#
# A key that is destroyed can be saved for `deletion_window_in_days`; what it encrypts is lost with it.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id
  region    = data.aws_region.current.id # `name` until provider 5, `region` since provider 6, `id` in both

  administer = {
    Sid       = "LeaveItToIam"
    Effect    = "Allow"
    Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }

  encrypt_logs = {
    Sid       = "EncryptLogGroups"
    Effect    = "Allow"
    Principal = { Service = "logs.${local.region}.amazonaws.com" }
    Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    Resource  = "*"
    Condition = {
      ArnLike = {
        "kms:EncryptionContext:aws:logs:arn" = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:*"
      }
    }
  }

  serve = {
    Sid       = "ServeServices"
    Effect    = "Allow"
    Principal = { Service = var.services }
    Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
    Resource  = "*"
    Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
  }
}

resource "aws_kms_key" "this" {
  description             = var.description
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_window_in_days
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [local.administer],
      [for statement in [local.encrypt_logs] : statement if var.cloudwatch_logs],
      [for statement in [local.serve] : statement if length(var.services) > 0],
    )
  })

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}
