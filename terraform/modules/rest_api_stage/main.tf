# A stage of a REST API: a deployment of its endpoints under a name, how fast it may be called, what is written down.
#
# New `fingerprints` are a new deployment; the old one goes when the stage has moved on. There is no cache
# (checkov CKV_AWS_120, CKV_AWS_225) and there are no traces (CKV_AWS_73) unless they are asked for: each has a price.
# Client certificates (CKV2_AWS_51) and a web application firewall (CKV2_AWS_29) are for whoever runs what the API leads
# to. Access logs (CKV_AWS_76) and execution logs (CKV2_AWS_4) come with `log_group_arn`.

resource "aws_api_gateway_deployment" "this" {
  rest_api_id = var.api_id
  description = "For the stage ${var.name}"
  triggers    = { fingerprint = sha256(jsonencode(var.fingerprints)) }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "this" {
  rest_api_id           = var.api_id
  deployment_id         = aws_api_gateway_deployment.this.id
  stage_name            = var.name
  variables             = length(var.stage_variables) > 0 ? var.stage_variables : null
  xray_tracing_enabled  = var.tracing_enabled
  cache_cluster_enabled = var.cache_size_gb != null
  cache_cluster_size    = var.cache_size_gb

  dynamic "access_log_settings" {
    for_each = var.log_group_arn == null ? [] : [var.log_group_arn]
    content {
      destination_arn = access_log_settings.value
      format          = var.log_format
    }
  }

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_api_gateway_method_settings" "this" {
  rest_api_id = var.api_id
  stage_name  = aws_api_gateway_stage.this.stage_name
  method_path = "*/*"

  settings {
    logging_level          = var.log_group_arn == null ? "OFF" : var.logging_level
    data_trace_enabled     = false # bodies in logs are how passwords get there
    metrics_enabled        = var.metrics_enabled
    throttling_burst_limit = var.throttling_burst_limit
    throttling_rate_limit  = var.throttling_rate_limit
    caching_enabled        = var.cache_size_gb != null
    cache_ttl_in_seconds   = var.cache_size_gb == null ? null : var.cache_ttl_seconds
    cache_data_encrypted   = var.cache_size_gb == null ? null : true
  }
}
