output "instance_ids" {
  description = "Ids of the instances."
  value       = aws_instance.this[*].id
}

output "private_ips" {
  description = "Addresses of the instances inside the VPC."
  value       = aws_instance.this[*].private_ip
}
