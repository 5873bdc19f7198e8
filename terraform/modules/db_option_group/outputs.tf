output "option_group_name" {
  description = "Name of the group."
  value       = aws_db_option_group.this.name
}
