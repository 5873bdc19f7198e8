# A subscription to a topic of SNS.

resource "aws_sns_topic_subscription" "this" {
  topic_arn     = var.topic_arn
  protocol      = var.protocol
  endpoint      = var.endpoint
  filter_policy = var.filter_policy
}
