# Hosted zones, public and private, their further VPCs, and the NS records that delegate a zone from its parent.
#
# DNSSEC signing (checkov CKV2_AWS_38) needs a key in us-east-1 and a DS record at the parent: it is a step of its own.
# Query logging (checkov CKV2_AWS_39) is the module route53_query_logging.

resource "aws_route53_delegation_set" "this" {
  count = var.delegation_set_name == null ? 0 : 1

  reference_name = var.delegation_set_name
}

resource "aws_route53_zone" "public" {
  for_each = var.public_zones

  name              = each.value.name
  comment           = each.value.comment
  force_destroy     = each.value.force_destroy
  delegation_set_id = one(aws_route53_delegation_set.this[*].id)

  tags = merge(var.tags, { Name = each.value.name })
}

resource "aws_route53_zone" "private" {
  for_each = var.private_zones

  name          = each.value.name
  comment       = each.value.comment
  force_destroy = each.value.force_destroy

  vpc {
    vpc_id = each.value.vpc_id
  }

  tags = merge(var.tags, { Name = each.value.name })

  lifecycle {
    # Further VPCs are associated below; the zone would take them for its own.
    ignore_changes = [vpc]
  }
}

resource "aws_route53_zone_association" "this" {
  for_each = var.associations

  zone_id = aws_route53_zone.private[each.value.zone].zone_id
  vpc_id  = each.value.vpc_id
}

resource "aws_route53_record" "delegation" {
  for_each = var.delegations

  zone_id = each.value.parent_zone_id == null ? aws_route53_zone.public[each.value.parent_zone].zone_id : each.value.parent_zone_id
  name    = aws_route53_zone.public[each.key].name
  type    = "NS"
  ttl     = each.value.ttl
  records = aws_route53_zone.public[each.key].name_servers
}
