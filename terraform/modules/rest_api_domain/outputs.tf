output "target_domain_name" {
  description = "Where a record for the name must lead."
  value       = var.endpoint_type == "EDGE" ? aws_api_gateway_domain_name.this.cloudfront_domain_name : aws_api_gateway_domain_name.this.regional_domain_name
}

output "target_zone_id" {
  description = "Hosted zone of that, for an alias record."
  value       = var.endpoint_type == "EDGE" ? aws_api_gateway_domain_name.this.cloudfront_zone_id : aws_api_gateway_domain_name.this.regional_zone_id
}

output "url" {
  description = "URL that callers reach the stage under."
  value       = "https://${aws_api_gateway_base_path_mapping.this.domain_name}/${var.base_path == null ? "" : var.base_path}"
}
