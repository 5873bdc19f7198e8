output "flow_log_id" {
  description = "Id of the flow log."
  value       = aws_flow_log.this.id
}

output "log_group_name" {
  description = "Name of the log group; null when the logs go to s3."
  value       = one(aws_cloudwatch_log_group.this[*].name)
}

output "role_arn" {
  description = "ARN of the role that writes the logs; null when they go to s3."
  value       = one(aws_iam_role.this[*].arn)
}
