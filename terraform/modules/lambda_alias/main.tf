# An alias of a Lambda function: a name that stays while the version behind it changes, with warm instances if wanted.

resource "aws_lambda_alias" "this" {
  name             = var.name
  description      = var.description
  function_name    = var.function_name
  function_version = var.function_version

  dynamic "routing_config" {
    for_each = length(var.additional_version_weights) > 0 ? [var.additional_version_weights] : []
    content {
      additional_version_weights = routing_config.value
    }
  }
}

resource "aws_lambda_provisioned_concurrency_config" "this" {
  count = var.provisioned_concurrent_executions == null ? 0 : 1

  function_name                     = var.function_name
  qualifier                         = aws_lambda_alias.this.name
  provisioned_concurrent_executions = var.provisioned_concurrent_executions
}
