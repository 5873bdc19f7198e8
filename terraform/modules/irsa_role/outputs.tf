output "role_arn" {
  description = "ARN of the role, when it may do its work."
  value       = aws_iam_role.this.arn

  depends_on = [aws_iam_role_policy_attachment.this]
}
