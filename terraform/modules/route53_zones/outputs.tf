output "zone_ids" {
  description = "Ids of all zones by their keys."
  value       = merge({ for key, zone in aws_route53_zone.public : key => zone.zone_id }, { for key, zone in aws_route53_zone.private : key => zone.zone_id })
}

output "name_servers" {
  description = "Name servers of the public zones by their keys."
  value       = { for key, zone in aws_route53_zone.public : key => zone.name_servers }
}
