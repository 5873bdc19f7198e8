# The route tables of one tier of subnets, with their default route and associations.
#
# `default_route` says where traffic for the internet goes: to an internet gateway (one table serves the whole tier), to
# NAT gateways (one table per availability zone, so that each zone can use its own gateway), or nowhere.

locals {
  zones  = sort(distinct([for subnet in var.subnets : subnet.availability_zone]))
  tables = toset(var.one_per_az ? local.zones : ["all"])

  # A zone without a gateway of its own uses the first one there is.
  nat_zones = sort(keys(var.nat_gateway_ids_by_zone))
  nat_zone_of = {
    for table in local.tables : table => contains(local.nat_zones, table) ? table : try(local.nat_zones[0], "")
  }
}

resource "aws_route_table" "this" {
  for_each = local.tables

  vpc_id = var.vpc_id

  tags = merge(var.tags, { Name = each.key == "all" ? var.name : "${var.name}-${each.key}" })
}

resource "aws_route" "internet_gateway" {
  for_each = var.default_route == "internet_gateway" ? local.tables : toset([])

  route_table_id         = aws_route_table.this[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = var.internet_gateway_id
}

resource "aws_route" "nat_gateway" {
  for_each = var.default_route == "nat_gateway" ? local.tables : toset([])

  route_table_id         = aws_route_table.this[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = var.nat_gateway_ids_by_zone[local.nat_zone_of[each.key]]
}

resource "aws_route_table_association" "this" {
  for_each = var.subnets

  subnet_id      = each.value.id
  route_table_id = aws_route_table.this[var.one_per_az ? each.value.availability_zone : "all"].id
}
