output "fqdns" {
  description = "Full names of the records by their keys."
  value       = { for key, record in aws_route53_record.this : key => record.fqdn }
}
