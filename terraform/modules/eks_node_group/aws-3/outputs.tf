output "node_group_arn" {
  description = "ARN of the node group."
  value       = aws_eks_node_group.this.arn
}

output "autoscaling_group_names" {
  description = "Names of the auto scaling groups that EKS made for it."
  value       = flatten(aws_eks_node_group.this.resources[*].autoscaling_groups[*].name)
}
