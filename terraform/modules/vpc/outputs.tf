output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "vpc_arn" {
  description = "ARN of the VPC."
  value       = aws_vpc.this.arn
}

output "cidr_block" {
  description = "IPv4 range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "default_security_group_id" {
  description = "Id of the default security group."
  value       = aws_default_security_group.this.id
}

output "main_route_table_id" {
  description = "Id of the main route table, which subnets without an association of their own use."
  value       = aws_vpc.this.main_route_table_id
}
