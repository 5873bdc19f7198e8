output "identifier" {
  description = "Identifier of the cluster."
  value       = aws_rds_cluster.this.cluster_identifier
}

output "arn" {
  description = "ARN of the cluster."
  value       = aws_rds_cluster.this.arn
}

output "address" {
  description = "Name of the host for readers and writers."
  value       = aws_rds_cluster.this.endpoint
}

output "reader_address" {
  description = "Name of the host for readers."
  value       = aws_rds_cluster.this.reader_endpoint
}

output "port" {
  description = "Port that it listens on."
  value       = aws_rds_cluster.this.port
}

output "instance_identifiers" {
  description = "Identifiers of the instances."
  value       = aws_rds_cluster_instance.this[*].identifier
}

output "master_user_secret_arn" {
  description = "ARN of the secret with the master user's name and password."
  value       = local.generated ? one(aws_rds_cluster.this.master_user_secret[*].secret_arn) : var.password_secret_arn
}
