output "security_group_ids" {
  description = "Ids of the groups, by key."
  value       = { for key, group in aws_security_group.this : key => group.id }
}
