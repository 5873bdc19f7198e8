# An encrypted topic of SNS.
#
# The key is the account's own for SNS unless `kms_key_id` names another.

resource "aws_sns_topic" "this" {
  name              = var.name
  kms_master_key_id = var.kms_key_id

  tags = merge(var.tags, { Name = var.name })
}
