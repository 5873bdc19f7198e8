output "identifier" {
  description = "Identifier of the instance."
  value       = aws_db_instance.this.identifier
}

output "arn" {
  description = "ARN of the instance."
  value       = aws_db_instance.this.arn
}

output "address" {
  description = "Name of the host."
  value       = aws_db_instance.this.address
}

output "reader_address" {
  description = "Name of the host for readers: the instance itself."
  value       = aws_db_instance.this.address
}

output "port" {
  description = "Port that it listens on."
  value       = aws_db_instance.this.port
}

output "master_user_secret_arn" {
  description = "ARN of the secret with the master user's name and password."
  value       = local.generated ? aws_secretsmanager_secret.this[0].arn : var.password_secret_arn
}
