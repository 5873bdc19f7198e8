# A policy that lets whoever it is attached to call an API whose callers sign their calls.

resource "aws_iam_policy" "this" {
  name        = var.name
  description = "Call the API ${var.name}"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "execute-api:Invoke"
      Resource = var.calls_arn
    }]
  })

  tags = merge(var.tags, { Name = var.name })
}
