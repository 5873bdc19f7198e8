# Records of hosted zones, with every routing policy.
#
# What a record says (`records`), how it is chosen (`routing`) and what it depends on (`health_check_ids`) come from
# different boxes of a diagram, so they are variables of their own, joined by the record's key.

resource "aws_route53_record" "this" {
  for_each = var.records

  zone_id = var.zone_ids[each.value.zone]
  name    = each.value.name
  type    = each.value.type
  ttl     = each.value.alias == null ? each.value.ttl : null
  records = each.value.alias == null ? each.value.values : null

  set_identifier                   = try(var.routing[each.key].set_identifier, null)
  multivalue_answer_routing_policy = try(var.routing[each.key].multivalue, null)
  health_check_id                  = try(var.health_check_ids[each.key], null)

  dynamic "alias" {
    for_each = each.value.alias[*]

    content {
      name                   = alias.value.name
      zone_id                = coalesce(alias.value.zone_id, try(var.zone_ids[alias.value.zone], var.zone_ids[each.value.zone]))
      evaluate_target_health = alias.value.evaluate_target_health
    }
  }

  dynamic "weighted_routing_policy" {
    for_each = try(var.routing[each.key].weight, null)[*]

    content {
      weight = weighted_routing_policy.value
    }
  }

  dynamic "latency_routing_policy" {
    for_each = try(var.routing[each.key].latency_region, null)[*]

    content {
      region = latency_routing_policy.value
    }
  }

  dynamic "failover_routing_policy" {
    for_each = try(var.routing[each.key].failover, null)[*]

    content {
      type = failover_routing_policy.value
    }
  }

  dynamic "geolocation_routing_policy" {
    for_each = try(var.routing[each.key].geolocation, null)[*]

    content {
      continent   = geolocation_routing_policy.value.continent
      country     = geolocation_routing_policy.value.country
      subdivision = geolocation_routing_policy.value.subdivision
    }
  }
}
