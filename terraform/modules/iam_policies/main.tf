# Policies of your own, each attached to the roles that it names.

locals {
  attachments = merge([
    for key, policy in var.policies : { for role in policy.roles : "${key}/${role}" => { policy = key, role = role } }
  ]...)
}

resource "aws_iam_policy" "this" {
  for_each = var.policies

  name        = "${var.name}-${each.key}"
  description = each.value.description
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for statement in each.value.statements : {
        Effect   = "Allow"
        Action   = statement.actions
        Resource = statement.resources
      }
    ]
  })

  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.attachments

  role       = each.value.role
  policy_arn = aws_iam_policy.this[each.value.policy].arn
}
