output "vpc_link_id" {
  description = "Id of the link."
  value       = aws_api_gateway_vpc_link.this.id
}
