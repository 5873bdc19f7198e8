output "log_group_names" {
  description = "Names of the log groups, by key."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => group.name }
}

output "log_group_arns" {
  description = "ARNs of the log groups, by key."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => group.arn }
}
