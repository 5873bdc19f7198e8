output "authorizer_id" {
  description = "Id of the authorizer."
  value       = aws_apigatewayv2_authorizer.this.id
}
