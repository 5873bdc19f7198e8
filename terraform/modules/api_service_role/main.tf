# The role with which an API calls services of AWS by itself: it may do what `statements` say, and nothing else.

data "aws_caller_identity" "current" {}

resource "aws_iam_role" "this" {
  name        = var.name
  description = "What the API ${var.name} calls services of AWS with"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "apigateway.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_iam_role_policy" "this" {
  name = "call-services"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for statement in var.statements : { Effect = "Allow", Action = statement.actions, Resource = statement.resources }]
  })
}
