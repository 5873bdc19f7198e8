# The endpoints of a REST API: a resource for each part of a path, a method for each way to call it, and what it leads to.
#
# Every method asks for what `authorization` says, unless it stands in `open_endpoints`; with `NONE` the API is open to
# everybody who knows its address, and stands in the vars as such (checkov CKV_AWS_59). Requests are checked for the
# parameters that a method requires.
#
# With `cors` every path answers the question of a browser (OPTIONS) itself, and errors say the same.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id # `name` until provider 5, `region` since provider 6, `id` in both
  services  = "arn:${local.partition}:apigateway:${local.region}"
  functions = {
    for key, integration in var.integrations : key => startswith(integration.function, "arn:") ? integration.function : (
      "arn:${local.partition}:lambda:${local.region}:${data.aws_caller_identity.current.account_id}:function:${integration.function}"
    ) if integration.function != null
  }
  uris = merge(
    { for key, integration in var.integrations : key => integration.uri if integration.uri != null },
    { for key, integration in var.integrations : key => "${local.services}:${integration.service}" if integration.service != null },
    { for key, function in local.functions : key => "${local.services}:lambda:path/2015-03-31/functions/${function}/invocations" },
  )

  paths  = distinct([for endpoint in values(var.endpoints) : trim(endpoint.path, "/")])
  levels = [for level in [1, 2, 3, 4, 5] : { for path in local.paths : join("/", slice(split("/", path), 0, level)) => element(split("/", path), level - 1)... if path != "" && length(split("/", path)) >= level }]

  resource_ids = merge(
    { "" = var.root_resource_id },
    { for path, resource in aws_api_gateway_resource.level_1 : path => resource.id },
    { for path, resource in aws_api_gateway_resource.level_2 : path => resource.id },
    { for path, resource in aws_api_gateway_resource.level_3 : path => resource.id },
    { for path, resource in aws_api_gateway_resource.level_4 : path => resource.id },
    { for path, resource in aws_api_gateway_resource.level_5 : path => resource.id },
  )

  # AWS and MOCK pass nothing on by themselves: what they answer is said here.
  answers     = { for key, integration in var.integrations : key => integration if contains(["AWS", "MOCK"], integration.type) }
  cors_origin = var.cors == null ? {} : { "Access-Control-Allow-Origin" = "'${join(",", var.cors.allow_origins)}'" }
  cors_headers = var.cors == null ? {} : merge(
    local.cors_origin,
    {
      "Access-Control-Allow-Methods" = "'${join(",", var.cors.allow_methods)}'"
      "Access-Control-Allow-Headers" = "'${join(",", var.cors.allow_headers)}'"
      "Access-Control-Max-Age"       = "'${var.cors.max_age}'"
    },
    length(var.cors.expose_headers) == 0 ? {} : { "Access-Control-Expose-Headers" = "'${join(",", var.cors.expose_headers)}'" },
    var.cors.allow_credentials ? { "Access-Control-Allow-Credentials" = "'true'" } : {},
  )
}

resource "aws_api_gateway_resource" "level_1" {
  for_each = local.levels[0]

  rest_api_id = var.api_id
  parent_id   = var.root_resource_id
  path_part   = each.value[0]
}

resource "aws_api_gateway_resource" "level_2" {
  for_each = local.levels[1]

  rest_api_id = var.api_id
  parent_id   = aws_api_gateway_resource.level_1[join("/", slice(split("/", each.key), 0, 1))].id
  path_part   = each.value[0]
}

resource "aws_api_gateway_resource" "level_3" {
  for_each = local.levels[2]

  rest_api_id = var.api_id
  parent_id   = aws_api_gateway_resource.level_2[join("/", slice(split("/", each.key), 0, 2))].id
  path_part   = each.value[0]
}

resource "aws_api_gateway_resource" "level_4" {
  for_each = local.levels[3]

  rest_api_id = var.api_id
  parent_id   = aws_api_gateway_resource.level_3[join("/", slice(split("/", each.key), 0, 3))].id
  path_part   = each.value[0]
}

resource "aws_api_gateway_resource" "level_5" {
  for_each = local.levels[4]

  rest_api_id = var.api_id
  parent_id   = aws_api_gateway_resource.level_4[join("/", slice(split("/", each.key), 0, 4))].id
  path_part   = each.value[0]
}

resource "aws_api_gateway_request_validator" "this" {
  rest_api_id                 = var.api_id
  name                        = "everything"
  validate_request_parameters = true
  validate_request_body       = true
}

resource "aws_api_gateway_method" "this" {
  for_each = var.endpoints

  rest_api_id          = var.api_id
  resource_id          = local.resource_ids[trim(each.value.path, "/")]
  http_method          = each.value.method
  authorization        = contains(var.open_endpoints, each.key) ? "NONE" : var.authorization
  authorizer_id        = contains(var.open_endpoints, each.key) ? null : var.authorizer_id
  authorization_scopes = contains(var.open_endpoints, each.key) ? null : var.authorization_scopes
  api_key_required     = each.value.api_key_required == null ? var.api_key_required : each.value.api_key_required
  request_parameters   = merge({ for name in regexall("{([^}+]+)\\+?}", each.value.path) : "method.request.path.${name[0]}" => true }, each.value.request_parameters)
  request_validator_id = aws_api_gateway_request_validator.this.id

  lifecycle {
    precondition {
      condition     = contains(keys(var.integrations), each.key)
      error_message = "The endpoint ${each.key} leads to nothing: it needs an entry in integrations."
    }
  }
}

resource "aws_api_gateway_integration" "this" {
  for_each = var.integrations

  rest_api_id             = var.api_id
  resource_id             = aws_api_gateway_method.this[each.key].resource_id
  http_method             = aws_api_gateway_method.this[each.key].http_method
  type                    = each.value.type
  uri                     = lookup(local.uris, each.key, null)
  integration_http_method = each.value.method
  connection_type         = each.value.vpc_link_id == null ? "INTERNET" : "VPC_LINK"
  connection_id           = each.value.vpc_link_id
  credentials             = each.value.credentials_arn
  request_parameters      = each.value.request_parameters
  request_templates       = each.value.request_templates
  passthrough_behavior    = each.value.request_templates == null ? "WHEN_NO_MATCH" : "WHEN_NO_TEMPLATES"
  timeout_milliseconds    = each.value.timeout_milliseconds
}

resource "aws_api_gateway_method_response" "this" {
  for_each = local.answers

  rest_api_id         = var.api_id
  resource_id         = aws_api_gateway_method.this[each.key].resource_id
  http_method         = aws_api_gateway_method.this[each.key].http_method
  status_code         = each.value.status_code
  response_parameters = { for header in keys(local.cors_origin) : "method.response.header.${header}" => true }
}

resource "aws_api_gateway_integration_response" "this" {
  for_each = local.answers

  rest_api_id         = var.api_id
  resource_id         = aws_api_gateway_integration.this[each.key].resource_id
  http_method         = aws_api_gateway_integration.this[each.key].http_method
  status_code         = aws_api_gateway_method_response.this[each.key].status_code
  response_parameters = { for header, value in local.cors_origin : "method.response.header.${header}" => value }
  response_templates  = each.value.response_templates
}

resource "aws_api_gateway_method" "options" {
  for_each = var.cors == null ? toset([]) : toset(local.paths)

  rest_api_id          = var.api_id
  resource_id          = local.resource_ids[each.key]
  http_method          = "OPTIONS"
  authorization        = "NONE" # browsers ask before they have anything to show
  request_validator_id = aws_api_gateway_request_validator.this.id
}

resource "aws_api_gateway_integration" "options" {
  for_each = aws_api_gateway_method.options

  rest_api_id       = var.api_id
  resource_id       = each.value.resource_id
  http_method       = each.value.http_method
  type              = "MOCK"
  request_templates = { "application/json" = jsonencode({ statusCode = 200 }) }
}

resource "aws_api_gateway_method_response" "options" {
  for_each = aws_api_gateway_method.options

  rest_api_id         = var.api_id
  resource_id         = each.value.resource_id
  http_method         = each.value.http_method
  status_code         = "200"
  response_parameters = { for header in keys(local.cors_headers) : "method.response.header.${header}" => true }
}

resource "aws_api_gateway_integration_response" "options" {
  for_each = aws_api_gateway_integration.options

  rest_api_id         = var.api_id
  resource_id         = each.value.resource_id
  http_method         = each.value.http_method
  status_code         = aws_api_gateway_method_response.options[each.key].status_code
  response_parameters = { for header, value in local.cors_headers : "method.response.header.${header}" => value }
}

resource "aws_api_gateway_gateway_response" "this" {
  for_each = var.cors == null ? toset([]) : toset(["DEFAULT_4XX", "DEFAULT_5XX"])

  rest_api_id         = var.api_id
  response_type       = each.key
  response_parameters = { for header, value in local.cors_origin : "gatewayresponse.header.${header}" => value }
  response_templates  = { "application/json" = "{\"message\":$context.error.messageString}" }
}
