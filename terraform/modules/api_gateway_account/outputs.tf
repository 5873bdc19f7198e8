output "role_arn" {
  description = "ARN of the role, known when API Gateway uses it."
  value       = aws_iam_role.this.arn

  depends_on = [aws_api_gateway_account.this]
}
