# Traffic policies, and their instances: the names that answer by them.

resource "aws_route53_traffic_policy" "this" {
  for_each = var.policies

  name     = each.key
  comment  = each.value.comment
  document = jsonencode(jsondecode(each.value.document))
}

resource "aws_route53_traffic_policy_instance" "this" {
  for_each = { for name, policy in var.policies : name => policy if policy.record != null }

  name                   = each.value.record
  hosted_zone_id         = each.value.zone_id
  traffic_policy_id      = aws_route53_traffic_policy.this[each.key].id
  traffic_policy_version = aws_route53_traffic_policy.this[each.key].version
  ttl                    = each.value.ttl
}
