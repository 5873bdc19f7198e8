output "statement_id" {
  description = "Name of the statement in the function's policy."
  value       = aws_lambda_permission.this.statement_id
}
