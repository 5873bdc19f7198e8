output "replication_group_id" {
  description = "Id of the cache."
  value       = aws_elasticache_replication_group.this.id
}

output "address" {
  description = "Name of the host to write to."
  value       = aws_elasticache_replication_group.this.primary_endpoint_address
}

output "port" {
  description = "Port to connect to, with TLS."
  value       = var.port

  depends_on = [aws_elasticache_replication_group.this]
}
