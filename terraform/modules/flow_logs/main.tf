# Flow logs of a VPC, to CloudWatch Logs or to an S3 bucket.
#
# For CloudWatch Logs the module makes the log group and a role that may write to this group alone and that only the
# flow logs of this account can take on. For S3 the bucket exists already and lets log delivery write to it (the module
# `s3_bucket` with `log_delivery`).
#
# AWS encrypts log groups with its own keys; name a `kms_key_id` to use yours. Events are kept for a year unless
# `retention_in_days` says less (checkov CKV_AWS_338).

data "aws_caller_identity" "current" {
  count = local.to_log_group ? 1 : 0
}

locals {
  to_log_group = var.destination_type == "cloud-watch-logs"
}

resource "aws_cloudwatch_log_group" "this" {
  count = local.to_log_group ? 1 : 0

  name              = "/aws/vpc-flow-logs/${var.name}"
  retention_in_days = var.retention_in_days
  kms_key_id        = var.kms_key_id

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_iam_role" "this" {
  count = local.to_log_group ? 1 : 0

  name        = var.name
  description = "Lets the VPC's flow logs write to their log group"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current[0].account_id } }
    }]
  })

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_iam_role_policy" "this" {
  count = local.to_log_group ? 1 : 0

  name = "write-flow-logs"
  role = aws_iam_role.this[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
      Resource = "${aws_cloudwatch_log_group.this[0].arn}:*"
    }]
  })
}

resource "aws_flow_log" "this" {
  vpc_id                   = var.vpc_id
  traffic_type             = var.traffic_type
  log_destination_type     = var.destination_type
  log_destination          = local.to_log_group ? aws_cloudwatch_log_group.this[0].arn : var.bucket_arn
  iam_role_arn             = local.to_log_group ? aws_iam_role.this[0].arn : null
  log_format               = var.log_format
  max_aggregation_interval = var.max_aggregation_interval

  tags = merge(var.tags, { Name = var.name })
}
