# Security groups that may name each other.
#
# Every rule names its peers: IPv4 ranges, keys of other groups of the same call, or ids of groups that exist already.
# Nothing is open that no rule opens: a group without egress rules can answer, but start no connection. What the groups
# are attached to comes later, with the components that live in the VPC (checkov CKV2_AWS_5).

locals {
  rules = merge(flatten([
    for group, content in var.groups : [
      for direction, rules in { ingress = content.ingress, egress = content.egress } : [
        for rule in rules : {
          for peer in rule.peers : "${group}/${direction}/${rule.protocol}/${rule.from_port}-${rule.to_port}/${peer}" => {
            group       = group
            direction   = direction
            description = rule.description
            protocol    = rule.protocol
            from_port   = rule.from_port
            to_port     = rule.to_port
            peer        = peer
          }
        }
      ]
    ]
  ])...)
}

resource "aws_security_group" "this" {
  for_each = var.groups

  name        = "${var.name}-${each.key}"
  description = each.value.description
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  lifecycle {
    precondition {
      condition     = alltrue([for rule in concat(each.value.ingress, each.value.egress) : alltrue([for peer in rule.peers : can(cidrnetmask(peer)) || contains(keys(var.groups), peer) || startswith(peer, "sg-")])])
      error_message = "A peer of the security group ${each.key} is neither an IPv4 range nor the id of a group nor one of the groups ${join(", ", keys(var.groups))}."
    }
  }
}

resource "aws_security_group_rule" "this" {
  for_each = local.rules

  security_group_id        = aws_security_group.this[each.value.group].id
  type                     = each.value.direction
  description              = each.value.description
  protocol                 = each.value.protocol
  from_port                = each.value.from_port
  to_port                  = each.value.to_port
  cidr_blocks              = can(cidrnetmask(each.value.peer)) ? [each.value.peer] : null
  source_security_group_id = can(cidrnetmask(each.value.peer)) ? null : startswith(each.value.peer, "sg-") ? each.value.peer : aws_security_group.this[each.value.peer].id
}
