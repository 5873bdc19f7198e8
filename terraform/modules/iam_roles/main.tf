# Roles that services of AWS work with, and instance profiles for those of EC2.
#
# A role may do what its managed policies say; without any it may do nothing.

data "aws_partition" "current" {}

locals {
  attachments = merge([
    for key, role in var.roles : { for policy in role.policies : "${key}/${policy}" => { role = key, policy = policy } }
  ]...)
}

resource "aws_iam_role" "this" {
  for_each = var.roles

  name                 = "${var.name}-${each.key}"
  description          = each.value.description
  permissions_boundary = var.permissions_boundary
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = each.value.service }
    }]
  })

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.attachments

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = startswith(each.value.policy, "arn:") ? each.value.policy : "arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.value.policy}"
}

resource "aws_iam_instance_profile" "this" {
  for_each = { for key, role in var.roles : key => role if role.service == "ec2.amazonaws.com" }

  name = aws_iam_role.this[each.key].name
  role = aws_iam_role.this[each.key].name

  tags = var.tags
}
