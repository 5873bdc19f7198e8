output "api_id" {
  description = "Id of the API."
  value       = aws_apigatewayv2_api.this.id
}

output "api_arn" {
  description = "ARN of the API."
  value       = aws_apigatewayv2_api.this.arn
}

output "api_endpoint" {
  description = "URL of the API, without a stage."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "execution_arn" {
  description = "What permissions to call the API, or to be called by it, name."
  value       = aws_apigatewayv2_api.this.execution_arn
}

output "calls_arn" {
  description = "Every call of the API: what a permission to be called by it names."
  value       = "${aws_apigatewayv2_api.this.execution_arn}/*/*"
}

output "authorizers_arn" {
  description = "The API's authorizers: what a permission to be called by them names."
  value       = "${aws_apigatewayv2_api.this.execution_arn}/authorizers/*"
}
