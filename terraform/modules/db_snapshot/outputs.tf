output "snapshot_arn" {
  description = "ARN of the snapshot."
  value       = one(concat(aws_db_snapshot.this[*].db_snapshot_arn, aws_db_cluster_snapshot.this[*].db_cluster_snapshot_arn))
}

output "snapshot_name" {
  description = "Name of the snapshot."
  value       = var.name

  depends_on = [aws_db_snapshot.this, aws_db_cluster_snapshot.this]
}
