# An encrypted queue of SQS, with a second queue for what could not be processed.
#
# The key is the account's own for SQS unless `kms_key_id` names another (checkov CKV2_AWS_73).

resource "aws_sqs_queue" "dead_letter" {
  name                      = "${var.name}-dead-letter"
  kms_master_key_id         = var.kms_key_id
  message_retention_seconds = 1209600

  tags = merge(var.tags, { Name = "${var.name}-dead-letter" })
}

resource "aws_sqs_queue" "this" {
  name                       = var.name
  kms_master_key_id          = var.kms_key_id
  visibility_timeout_seconds = var.visibility_timeout_seconds
  message_retention_seconds  = var.message_retention_seconds
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = var.max_receive_count
  })

  tags = merge(var.tags, { Name = var.name })
}
