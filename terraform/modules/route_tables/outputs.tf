output "route_table_ids" {
  description = "Ids of the route tables, in the order of their zones."
  value       = [for table in sort(local.tables) : aws_route_table.this[table].id]
}

output "route_table_ids_by_zone" {
  description = "Id of the route table that serves each availability zone."
  value       = { for zone in local.zones : zone => aws_route_table.this[var.one_per_az ? zone : "all"].id }
}
