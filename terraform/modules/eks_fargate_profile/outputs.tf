output "fargate_profile_arn" {
  description = "ARN of the profile."
  value       = aws_eks_fargate_profile.this.arn
}
