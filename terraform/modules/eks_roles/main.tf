# The IAM roles of a Kubernetes cluster: its control plane's, and those of its nodes and of Fargate where they are wanted.
#
# Pods get roles of their own (module `irsa_role`), so that the nodes' role can stay small.

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

locals {
  policies = "arn:${data.aws_partition.current.partition}:iam::aws:policy"
}

resource "aws_iam_role" "cluster" {
  name        = "${var.name}-cluster"
  description = "Control plane of EKS clusters"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "eks.amazonaws.com" }
    }]
  })

  tags = merge(var.tags, { Name = "${var.name}-cluster" })
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "${local.policies}/AmazonEKSClusterPolicy"
}

resource "aws_iam_role" "nodes" {
  count = var.nodes ? 1 : 0

  name        = "${var.name}-nodes"
  description = "Nodes of EKS clusters"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })

  tags = merge(var.tags, { Name = "${var.name}-nodes" })
}

resource "aws_iam_role_policy_attachment" "nodes" {
  for_each = var.nodes ? toset([
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonSSMManagedInstanceCore",
  ]) : toset([])

  role       = aws_iam_role.nodes[0].name
  policy_arn = "${local.policies}/${each.key}"
}

resource "aws_iam_role" "fargate" {
  count = var.fargate ? 1 : 0

  name        = "${var.name}-fargate"
  description = "Starts pods of EKS clusters on Fargate"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "eks-fargate-pods.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })

  tags = merge(var.tags, { Name = "${var.name}-fargate" })
}

resource "aws_iam_role_policy_attachment" "fargate" {
  count = var.fargate ? 1 : 0

  role       = aws_iam_role.fargate[0].name
  policy_arn = "${local.policies}/AmazonEKSFargatePodExecutionRolePolicy"
}
