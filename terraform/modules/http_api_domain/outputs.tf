output "target_domain_name" {
  description = "Where a record for the name must lead."
  value       = aws_apigatewayv2_domain_name.this.domain_name_configuration[0].target_domain_name
}

output "target_zone_id" {
  description = "Hosted zone of that, for an alias record."
  value       = aws_apigatewayv2_domain_name.this.domain_name_configuration[0].hosted_zone_id
}

output "url" {
  description = "URL that callers reach the stage under."
  value       = "https://${aws_apigatewayv2_api_mapping.this.domain_name}/${var.base_path == null ? "" : var.base_path}"
}
