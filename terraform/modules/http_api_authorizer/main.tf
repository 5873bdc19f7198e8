# Who may call an HTTP API: who has a token of an issuer (JWT), or whom a Lambda function lets in (REQUEST).

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  region     = data.aws_region.current.id # `name` until provider 5, `region` since provider 6, `id` in both
  partition  = data.aws_partition.current.partition
  functions  = "arn:${local.partition}:lambda:${local.region}:${data.aws_caller_identity.current.account_id}:function"
  function   = try(startswith(var.function, "arn:") ? var.function : "${local.functions}:${var.function}", null)
  invoke_arn = var.function == null ? null : "arn:${local.partition}:apigateway:${local.region}:lambda:path/2015-03-31/functions/${local.function}/invocations"
  by_request = var.type == "REQUEST"
}

resource "aws_apigatewayv2_authorizer" "this" {
  api_id                            = var.api_id
  name                              = var.name
  authorizer_type                   = var.type
  identity_sources                  = var.identity_sources
  authorizer_uri                    = var.authorizer_uri == null ? local.invoke_arn : var.authorizer_uri
  authorizer_credentials_arn        = var.credentials_arn
  authorizer_payload_format_version = local.by_request ? "2.0" : null
  enable_simple_responses           = local.by_request ? true : null
  authorizer_result_ttl_in_seconds  = local.by_request ? var.result_ttl_seconds : null

  dynamic "jwt_configuration" {
    for_each = local.by_request ? [] : [var.issuer]
    content {
      issuer   = jwt_configuration.value
      audience = var.audience
    }
  }

  lifecycle {
    precondition {
      condition     = local.by_request || var.issuer != null
      error_message = "An authorizer of the type JWT needs an issuer."
    }
  }
}
