output "endpoint_ids" {
  description = "Ids of the endpoints, by service."
  value       = { for service, endpoint in merge(aws_vpc_endpoint.gateway, aws_vpc_endpoint.interface) : service => endpoint.id }
}

output "security_group_id" {
  description = "Id of the security group of the interface endpoints; null without any."
  value       = one(aws_security_group.interface[*].id)
}
