# NAT gateways with elastic addresses, in public subnets.
#
# `single` makes one gateway in the first of the zones: cheap, but private subnets lose the internet with that zone.
# `one_per_az` makes one in each of them.
#
# The addresses need a VPC with an attached internet gateway; let the call of this module depend on it. They belong to the
# gateways, not to instances (checkov CKV2_AWS_19).

locals {
  zones = var.strategy == "single" ? slice(var.availability_zones, 0, 1) : var.availability_zones

  # More than one public subnet may lie in a zone; the gateway goes to the first.
  subnets_in = { for subnet in var.subnets : subnet.availability_zone => subnet.id... }
}

resource "aws_eip" "this" {
  for_each = toset(local.zones)

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_nat_gateway" "this" {
  for_each = toset(local.zones)

  allocation_id = aws_eip.this[each.key].id
  subnet_id     = local.subnets_in[each.key][0]

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}
