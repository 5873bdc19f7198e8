output "log_group_names" {
  description = "Names of the log groups by the zone's key."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => group.name }
}
