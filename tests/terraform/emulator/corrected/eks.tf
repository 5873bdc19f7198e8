resource "aws_eks_cluster" "this" {
  name                      = "this"
  role_arn                  = aws_iam_role.this.arn
  version                   = "1.29"
  enabled_cluster_log_types = ["api", "audit"]

  vpc_config {
    subnet_ids              = [aws_subnet.a.id, aws_subnet.b.id]
    endpoint_private_access = true
    endpoint_public_access  = false
  }
}

resource "aws_eks_node_group" "this" {
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "this"
  node_role_arn   = aws_iam_role.this.arn
  subnet_ids      = [aws_subnet.a.id]

  scaling_config {
    desired_size = 1
    min_size     = 1
    max_size     = 2
  }
}

resource "aws_eks_fargate_profile" "this" {
  cluster_name           = aws_eks_cluster.this.name
  fargate_profile_name   = "this"
  pod_execution_role_arn = aws_iam_role.this.arn
  subnet_ids             = [aws_subnet.a.id]

  selector {
    namespace = "default"
  }
}

resource "aws_eks_addon" "this" {
  for_each     = toset(["vpc-cni", "coredns", "kube-proxy"])
  cluster_name = aws_eks_cluster.this.name
  addon_name   = each.key
}
