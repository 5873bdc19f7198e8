output "user_pool_id" {
  description = "Id of the pool."
  value       = aws_cognito_user_pool.this.id
}

output "user_pool_arn" {
  description = "ARN of the pool."
  value       = aws_cognito_user_pool.this.arn
}

output "client_id" {
  description = "Id of the client, which tokens name as their audience."
  value       = aws_cognito_user_pool_client.this.id
}

output "issuer" {
  description = "URL that tokens of the pool name as their issuer."
  value       = "https://cognito-idp.${local.region}.amazonaws.com/${aws_cognito_user_pool.this.id}"
}

output "scope_names" {
  description = "Full names of the scopes, as tokens carry them."
  value       = [for scope in keys(var.scopes) : "${var.name}/${scope}"]

  depends_on = [aws_cognito_resource_server.this]
}
