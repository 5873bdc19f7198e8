# Who may call a REST API: users of Cognito pools, or whom a Lambda function lets in.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  region     = data.aws_region.current.id # `name` until provider 5, `region` since provider 6, `id` in both
  partition  = data.aws_partition.current.partition
  functions  = "arn:${local.partition}:lambda:${local.region}:${data.aws_caller_identity.current.account_id}:function"
  function   = try(startswith(var.function, "arn:") ? var.function : "${local.functions}:${var.function}", null)
  invoke_arn = var.function == null ? null : "arn:${local.partition}:apigateway:${local.region}:lambda:path/2015-03-31/functions/${local.function}/invocations"
}

resource "aws_api_gateway_authorizer" "this" {
  rest_api_id                      = var.api_id
  name                             = var.name
  type                             = var.type
  identity_source                  = var.identity_source
  provider_arns                    = var.type == "COGNITO_USER_POOLS" ? var.user_pool_arns : null
  authorizer_uri                   = var.authorizer_uri == null ? local.invoke_arn : var.authorizer_uri
  authorizer_credentials           = var.credentials_arn
  authorizer_result_ttl_in_seconds = var.result_ttl_seconds
}
