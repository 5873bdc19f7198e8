output "parameter_group_name" {
  description = "Name of the group."
  value       = one(concat(aws_db_parameter_group.this[*].name, aws_rds_cluster_parameter_group.this[*].name))
}
