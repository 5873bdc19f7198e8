# Services without corrections: they have to survive a restart of the emulator as well.

resource "aws_s3_bucket" "this" {
  bucket = "mflow-objects"
}

resource "aws_s3_bucket_object" "this" {
  bucket  = aws_s3_bucket.this.id
  key     = "folder/file.txt"
  content = "kept"
}

resource "aws_sns_topic" "this" {
  name = "this"
}

resource "aws_sns_topic_subscription" "this" {
  topic_arn = aws_sns_topic.this.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.this.arn
}

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn = aws_sqs_queue.this.arn
  function_name    = aws_lambda_function.zip.arn
}

resource "aws_secretsmanager_secret" "this" {
  name = "this"
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id     = aws_secretsmanager_secret.this.id
  secret_string = "kept"
}

resource "aws_ssm_parameter" "this" {
  name  = "this"
  type  = "SecureString"
  value = "kept"
}

resource "aws_sfn_state_machine" "this" {
  name     = "this"
  role_arn = aws_iam_role.this.arn
  definition = jsonencode({
    StartAt = "Done"
    States  = { Done = { Type = "Succeed" } }
  })
}

resource "aws_cloudwatch_event_rule" "this" {
  name                = "this"
  schedule_expression = "rate(5 minutes)"
}

resource "aws_cloudwatch_event_target" "this" {
  rule = aws_cloudwatch_event_rule.this.name
  arn  = aws_lambda_function.zip.arn
}

resource "aws_ecs_cluster" "this" {
  name = "this"
}

resource "aws_efs_file_system" "this" {
  creation_token = "this"
}

resource "aws_key_pair" "this" {
  key_name   = "this"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtQUDZWhs8k/cZcykMkaoX7ZE7DXld8TP79HyddMVTS mflow"
}

resource "aws_backup_vault" "this" {
  name = "this"
}

resource "aws_cloudtrail" "this" {
  name           = "this"
  s3_bucket_name = aws_s3_bucket.this.id
}

resource "aws_wafv2_web_acl" "this" {
  name  = "this"
  scope = "REGIONAL"

  default_action {
    allow {}
  }

  visibility_config {
    cloudwatch_metrics_enabled = false
    metric_name                = "this"
    sampled_requests_enabled   = false
  }
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.this.name}"
  scalable_dimension = "dynamodb:table:ReadCapacityUnits"
  min_capacity       = 1
  max_capacity       = 5
}

resource "aws_iam_user" "this" {
  name = "this"
}

resource "aws_iam_openid_connect_provider" "this" {
  url             = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]
}
