# A network ACL that lets a tier of subnets talk with the given ranges only, in both directions.
#
# It is a second line behind the security groups: what lies outside the ranges is refused even if a security group is
# opened by mistake. All ports of a range are open, because a network ACL keeps no state and answers come from any port.
# The subnets are another module's, so checkov does not see that they are attached (CKV2_AWS_1).

resource "aws_network_acl" "this" {
  vpc_id     = var.vpc_id
  subnet_ids = var.subnet_ids

  dynamic "ingress" {
    for_each = var.allowed_cidr_blocks
    content {
      rule_no    = 100 + ingress.key
      action     = "allow"
      protocol   = "-1"
      cidr_block = ingress.value
      from_port  = 0
      to_port    = 0
    }
  }

  dynamic "egress" {
    for_each = var.allowed_cidr_blocks
    content {
      rule_no    = 100 + egress.key
      action     = "allow"
      protocol   = "-1"
      cidr_block = egress.value
      from_port  = 0
      to_port    = 0
    }
  }

  tags = merge(var.tags, { Name = var.name })
}
