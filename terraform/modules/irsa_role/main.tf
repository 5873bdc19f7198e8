# An IAM role for one service account of a Kubernetes cluster.
#
# Only pods of that service account can take it on: the cluster's identity provider vouches for them. What they may do
# stands in `statements`; some calls of AWS know no resources and need "*" (checkov CKV_AWS_290, CKV_AWS_355).

resource "aws_iam_role" "this" {
  name        = var.name
  description = "Service account ${var.namespace}/${var.service_account}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = var.oidc_provider_arn }
      Condition = {
        StringEquals = {
          "${var.oidc_issuer}:sub" = "system:serviceaccount:${var.namespace}:${var.service_account}"
          "${var.oidc_issuer}:aud" = "sts.amazonaws.com"
        }
      }
    }]
  })

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_iam_policy" "this" {
  name        = var.name
  description = "What the service account ${var.namespace}/${var.service_account} may do"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for statement in var.statements : merge(
        { Effect = "Allow", Action = statement.actions, Resource = statement.resources },
        [for conditions in [statement.conditions] : { Condition = conditions } if length(conditions) > 0]...
      )
    ]
  })

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_iam_role_policy_attachment" "this" {
  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.this.arn
}
