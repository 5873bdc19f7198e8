output "authorizer_id" {
  description = "Id of the authorizer."
  value       = aws_api_gateway_authorizer.this.id
}
