output "policy_arns" {
  description = "ARNs of the policies, by key."
  value       = { for key, policy in aws_iam_policy.this : key => policy.arn }
}
