output "cluster_role_arn" {
  description = "ARN of the control plane's role, when it may do its work."
  value       = aws_iam_role.cluster.arn

  depends_on = [aws_iam_role_policy_attachment.cluster]
}

output "node_role_arn" {
  description = "ARN of the nodes' role, when it may do its work; null without one."
  value       = one(aws_iam_role.nodes[*].arn)

  depends_on = [aws_iam_role_policy_attachment.nodes]
}

output "node_role_name" {
  description = "Name of the nodes' role, when it may do its work; null without one."
  value       = one(aws_iam_role.nodes[*].name)

  depends_on = [aws_iam_role_policy_attachment.nodes]
}

output "fargate_role_arn" {
  description = "ARN of the role that starts pods on Fargate, when it may do its work; null without one."
  value       = one(aws_iam_role.fargate[*].arn)

  depends_on = [aws_iam_role_policy_attachment.fargate]
}
