output "api_id" {
  description = "Id of the API."
  value       = aws_api_gateway_rest_api.this.id
}

output "root_resource_id" {
  description = "Id of the API's root, the path /."
  value       = aws_api_gateway_rest_api.this.root_resource_id
}

output "api_arn" {
  description = "ARN of the API."
  value       = aws_api_gateway_rest_api.this.arn
}

output "execution_arn" {
  description = "What permissions to call the API, or to be called by it, name."
  value       = aws_api_gateway_rest_api.this.execution_arn
}

output "calls_arn" {
  description = "Every call of the API: what a permission to be called by it names."
  value       = "${aws_api_gateway_rest_api.this.execution_arn}/*/*"
}

output "fingerprint" {
  description = "Changes with the policy of a private API, after which it must be deployed again. Known when it is in place."
  value       = sha256(jsonencode([var.endpoint_type, var.vpc_endpoint_ids]))

  depends_on = [aws_api_gateway_rest_api_policy.this]
}

output "authorizers_arn" {
  description = "The API's authorizers: what a permission to be called by them names."
  value       = "${aws_api_gateway_rest_api.this.execution_arn}/authorizers/*"
}
