# Log groups of CloudWatch Logs, made before a service makes them itself and keeps everything for ever.
#
# AWS encrypts log groups with its own keys; name a `kms_key_id` to use yours (checkov CKV_AWS_158). Events are kept for a
# year unless `retention_in_days` says less (checkov CKV_AWS_338).

resource "aws_cloudwatch_log_group" "this" {
  for_each = var.log_groups

  name              = each.value
  retention_in_days = var.retention_in_days
  kms_key_id        = var.kms_key_id

  tags = merge(var.tags, { Name = each.value })
}
