output "ids" {
  description = "Ids of the health checks by name."
  value       = { for name, check in aws_route53_health_check.this : name => check.id }
}
