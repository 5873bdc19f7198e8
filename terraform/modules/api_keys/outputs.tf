output "usage_plan_id" {
  description = "Id of the usage plan."
  value       = aws_api_gateway_usage_plan.this.id
}

output "key_ids" {
  description = "Ids of the keys, by name."
  value       = { for name, key in aws_api_gateway_api_key.this : name => key.id }
}

output "key_values" {
  description = "The keys themselves, by name."
  value       = { for name, key in aws_api_gateway_api_key.this : name => key.value }
  sensitive   = true
}
