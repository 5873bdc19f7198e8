# Health checks of Route 53, which records can depend on.

resource "aws_route53_health_check" "this" {
  for_each = var.health_checks

  type              = each.value.type
  fqdn              = each.value.fqdn
  ip_address        = each.value.ip_address
  port              = each.value.port
  resource_path     = each.value.resource_path
  search_string     = each.value.search_string
  failure_threshold = each.value.failure_threshold
  request_interval  = each.value.request_interval
  measure_latency   = each.value.measure_latency

  tags = merge(var.tags, { Name = each.key })
}
