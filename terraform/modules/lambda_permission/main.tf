# Lets a service of AWS invoke a Lambda function on behalf of one source: a rule, a bucket, a topic, an API.

data "aws_caller_identity" "current" {
  count = var.this_account_only ? 1 : 0
}

resource "aws_lambda_permission" "this" {
  statement_id   = var.statement_id
  action         = "lambda:InvokeFunction"
  function_name  = var.function_name
  qualifier      = var.qualifier
  principal      = var.principal
  source_arn     = var.source_arn
  source_account = var.this_account_only ? data.aws_caller_identity.current[0].account_id : null
}
