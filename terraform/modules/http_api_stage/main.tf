# A stage of an HTTP API: what callers reach, how fast they may call, and where it is written down. A change of the API is
# in effect at once.

resource "aws_apigatewayv2_stage" "this" {
  api_id          = var.api_id
  name            = var.name
  auto_deploy     = true
  stage_variables = var.stage_variables

  default_route_settings {
    detailed_metrics_enabled = var.metrics_enabled
    throttling_burst_limit   = var.throttling_burst_limit
    throttling_rate_limit    = var.throttling_rate_limit
  }

  dynamic "access_log_settings" {
    for_each = var.log_group_arn == null ? [] : [var.log_group_arn]
    content {
      destination_arn = access_log_settings.value
      format          = var.log_format
    }
  }

  tags = merge(var.tags, { Name = var.name })
}
