# The subnets of one tier, spread over availability zones.
#
# The first range goes to the first zone, the second to the second, and so on, starting over when there are more ranges
# than zones. Subnets are keyed by their range, so that adding or removing one leaves the others alone.
#
# Subnets hand out no public addresses unless `map_public_ip_on_launch` says so, which only a tier that is meant to be
# public should (checkov CKV_AWS_130).

locals {
  zone_of = { for index, cidr in var.cidr_blocks : cidr => var.availability_zones[index % length(var.availability_zones)] }
}

resource "aws_subnet" "this" {
  for_each = local.zone_of

  vpc_id                  = var.vpc_id
  cidr_block              = each.key
  availability_zone       = each.value
  map_public_ip_on_launch = var.map_public_ip_on_launch

  tags = merge(var.tags, { Name = "${var.name}-${each.value}" })
}
