output "nat_gateway_ids" {
  description = "Ids of the gateways, in the order of the zones."
  value       = [for zone in local.zones : aws_nat_gateway.this[zone].id]
}

output "nat_gateway_ids_by_zone" {
  description = "Id of the gateway in each zone that has one."
  value       = { for zone in local.zones : zone => aws_nat_gateway.this[zone].id }
}

output "public_ips" {
  description = "Public addresses that traffic through the gateways comes from, in the order of the zones."
  value       = [for zone in local.zones : aws_eip.this[zone].public_ip]
}
