# The routes of an HTTP API, and what each of them leads to.
#
# Every route asks for what `authorization` says; one of `NONE` is open to everybody who knows the address, and stands in
# the vars as such (checkov CKV_AWS_309).

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id # `name` until provider 5, `region` since provider 6, `id` in both
  functions = {
    for key, integration in var.integrations : key => startswith(integration.function, "arn:") ? integration.function : (
      "arn:${local.partition}:lambda:${local.region}:${data.aws_caller_identity.current.account_id}:function:${integration.function}"
    ) if integration.function != null
  }
  invoke_arns = {
    for key, function in local.functions : key => "arn:${local.partition}:apigateway:${local.region}:lambda:path/2015-03-31/functions/${function}/invocations"
  }
}

resource "aws_apigatewayv2_integration" "this" {
  for_each = var.integrations

  api_id                 = var.api_id
  description            = each.key
  integration_type       = each.value.type
  integration_subtype    = each.value.subtype
  integration_uri        = lookup(local.invoke_arns, each.key, each.value.uri)
  integration_method     = each.value.method
  payload_format_version = each.value.payload_format_version
  connection_type        = each.value.vpc_link_id == null ? "INTERNET" : "VPC_LINK"
  connection_id          = each.value.vpc_link_id
  credentials_arn        = each.value.credentials_arn
  request_parameters     = each.value.request_parameters
  timeout_milliseconds   = each.value.timeout_milliseconds
}

resource "aws_apigatewayv2_route" "this" {
  for_each = var.integrations

  api_id               = var.api_id
  route_key            = each.key
  target               = "integrations/${aws_apigatewayv2_integration.this[each.key].id}"
  authorization_type   = contains(var.open_endpoints, each.key) ? "NONE" : var.authorization
  authorizer_id        = contains(var.open_endpoints, each.key) ? null : var.authorizer_id
  authorization_scopes = contains(var.open_endpoints, each.key) ? null : var.authorization_scopes
}
