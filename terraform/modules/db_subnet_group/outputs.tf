output "db_subnet_group_name" {
  description = "Name of the group."
  value       = aws_db_subnet_group.this.name
}

output "db_subnet_group_arn" {
  description = "ARN of the group."
  value       = aws_db_subnet_group.this.arn
}
