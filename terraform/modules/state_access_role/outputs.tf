output "role_arn" {
  description = "ARN of the role, known when it may do what it is for."
  value       = aws_iam_role.this.arn

  depends_on = [aws_iam_role_policy.this]
}
