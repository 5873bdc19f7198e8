# Keys for the callers of a REST API, and the plan that says how often they may call.
#
# A key tells who calls, for counting; it is no proof of it. Use it beside an authorization.

resource "aws_api_gateway_api_key" "this" {
  for_each = toset(var.key_names)

  name        = each.key
  description = "For the usage plan ${var.name}"

  tags = merge(var.tags, { Name = each.key })
}

resource "aws_api_gateway_usage_plan" "this" {
  name        = var.name
  description = "How often callers with a key may call"

  api_stages {
    api_id = var.api_id
    stage  = var.stage_name
  }

  dynamic "quota_settings" {
    for_each = var.quota == null ? [] : [var.quota]
    content {
      limit  = quota_settings.value.limit
      offset = quota_settings.value.offset
      period = quota_settings.value.period
    }
  }

  throttle_settings {
    burst_limit = var.throttle_burst_limit
    rate_limit  = var.throttle_rate_limit
  }

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_api_gateway_usage_plan_key" "this" {
  for_each = aws_api_gateway_api_key.this

  usage_plan_id = aws_api_gateway_usage_plan.this.id
  key_id        = each.value.id
  key_type      = "API_KEY"
}
