output "subnet_ids" {
  description = "Ids of the subnets, in the order of `cidr_blocks`."
  value       = [for cidr in var.cidr_blocks : aws_subnet.this[cidr].id]
}

output "subnet_arns" {
  description = "ARNs of the subnets, in the order of `cidr_blocks`."
  value       = [for cidr in var.cidr_blocks : aws_subnet.this[cidr].arn]
}

output "subnets" {
  description = "Id and availability zone of each subnet, by range."
  value = {
    for cidr, zone in local.zone_of : cidr => {
      id                = aws_subnet.this[cidr].id
      availability_zone = zone
    }
  }
}

output "availability_zones" {
  description = "Availability zones that have a subnet of this tier."
  value       = distinct([for cidr in var.cidr_blocks : local.zone_of[cidr]])
}

output "subnet_ids_one_per_az" {
  description = "Id of the first subnet in each availability zone."
  value = [
    for cidrs in values({ for cidr in var.cidr_blocks : local.zone_of[cidr] => cidr... }) : aws_subnet.this[cidrs[0]].id
  ]
}
