# A DynamoDB table, paid by request: encrypted, restorable to any second of the last 35 days, with a stream if wanted.
#
# It is encrypted with the key that AWS keeps for the account unless `kms_key_arn` names yours (checkov CKV_AWS_119).

resource "aws_dynamodb_table" "this" {
  name             = var.name
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = var.hash_key.name
  range_key        = try(var.range_key.name, null)
  stream_enabled   = var.stream_view_type != null
  stream_view_type = var.stream_view_type

  dynamic "attribute" {
    for_each = [for key in [var.hash_key, var.range_key] : key if key != null]
    content {
      name = attribute.value.name
      type = attribute.value.type
    }
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }

  tags = merge(var.tags, { Name = var.name })
}
