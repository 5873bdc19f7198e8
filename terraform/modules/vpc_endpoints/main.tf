# Private ways from a VPC to services of AWS, past the internet and the NAT gateways.
#
# Gateway endpoints (s3, dynamodb) cost nothing and are entries in route tables. Interface endpoints (ecr.api, logs,
# sts, …) are network interfaces in subnets, guarded by a security group of this module that lets in HTTPS from the
# VPC's own range and nothing else.

locals {
  gateway_services   = toset([for service in var.services : service if contains(["s3", "dynamodb"], service)])
  interface_services = toset([for service in var.services : service if !contains(["s3", "dynamodb"], service)])
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = local.gateway_services

  vpc_id            = var.vpc_id
  service_name      = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = flatten(var.route_table_ids)
  policy            = lookup(var.policies, each.key, null)

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_security_group" "interface" {
  count = length(local.interface_services) > 0 ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "HTTPS from inside the VPC to the interface endpoints"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-endpoints" })
}

resource "aws_security_group_rule" "https_from_vpc" {
  count = length(local.interface_services) > 0 ? 1 : 0

  security_group_id = aws_security_group.interface[0].id
  type              = "ingress"
  description       = "HTTPS from the VPC"
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = [var.vpc_cidr_block]
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_services

  vpc_id              = var.vpc_id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = var.subnet_ids
  security_group_ids  = [aws_security_group.interface[0].id]
  private_dns_enabled = var.private_dns_enabled
  policy              = lookup(var.policies, each.key, null)

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}
