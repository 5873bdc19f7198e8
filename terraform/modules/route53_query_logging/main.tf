# Query logging of public zones into log groups. Route 53 takes only log groups in us-east-1.
#
# AWS encrypts the log groups with its own keys; name a `kms_key_id` to use yours (checkov CKV_AWS_158). Queries are kept
# for a year unless `retention_in_days` says less (checkov CKV_AWS_338).

data "aws_iam_policy_document" "write" {
  statement {
    sid       = "LetRoute53Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for group in aws_cloudwatch_log_group.this : "${group.arn}:*"]

    principals {
      type        = "Service"
      identifiers = ["route53.amazonaws.com"]
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = var.zones

  name              = "/aws/route53/${each.value.name}"
  retention_in_days = var.retention_in_days
  kms_key_id        = var.kms_key_id

  tags = merge(var.tags, { Name = each.value.name })
}

resource "aws_cloudwatch_log_resource_policy" "this" {
  policy_name     = var.name
  policy_document = data.aws_iam_policy_document.write.json
}

resource "aws_route53_query_log" "this" {
  for_each = var.zones

  zone_id                  = each.value.zone_id
  cloudwatch_log_group_arn = aws_cloudwatch_log_group.this[each.key].arn

  depends_on = [aws_cloudwatch_log_resource_policy.this]
}
