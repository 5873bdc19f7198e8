output "vpc_link_id" {
  description = "Id of the link."
  value       = aws_apigatewayv2_vpc_link.this.id
}
