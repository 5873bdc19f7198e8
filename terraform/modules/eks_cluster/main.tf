# A Kubernetes cluster, with an identity provider by which its pods can take on IAM roles.
#
# Its secrets are encrypted with your key, its endpoint is closed to the internet unless `endpoint_public_access` opens it
# (checkov CKV_AWS_38, CKV_AWS_39), and the logs of its control plane go to a log group that is made first, so that they
# do not stay for ever: all of them, unless `enabled_cluster_log_types` names fewer (checkov CKV_AWS_37), and for a year,
# unless `log_retention_in_days` says less (checkov CKV_AWS_338).

locals {
  logs = length(var.enabled_cluster_log_types) > 0
}

resource "aws_cloudwatch_log_group" "this" {
  count = local.logs ? 1 : 0

  name              = "/aws/eks/${var.name}/cluster"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.log_kms_key_arn

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_eks_cluster" "this" {
  name                      = var.name
  version                   = var.kubernetes_version
  role_arn                  = var.role_arn
  enabled_cluster_log_types = var.enabled_cluster_log_types

  vpc_config {
    subnet_ids              = var.subnet_ids
    security_group_ids      = var.security_group_ids
    endpoint_private_access = var.endpoint_private_access
    endpoint_public_access  = var.endpoint_public_access
    public_access_cidrs     = var.endpoint_public_access ? var.public_access_cidrs : null
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = var.kms_key_arn
    }
  }

  kubernetes_network_config {
    service_ipv4_cidr = var.service_ipv4_cidr
  }

  tags = merge(var.tags, { Name = var.name })

  depends_on = [aws_cloudwatch_log_group.this]

  lifecycle {
    precondition {
      condition     = var.endpoint_private_access || var.endpoint_public_access
      error_message = "A cluster needs endpoint_private_access or endpoint_public_access."
    }
  }
}

resource "aws_iam_openid_connect_provider" "this" {
  url            = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
  # Of the authority that signs the certificates of EKS. AWS trusts that authority anyway; provider 3 wants it said.
  thumbprint_list = ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]

  tags = merge(var.tags, { Name = var.name })
}
