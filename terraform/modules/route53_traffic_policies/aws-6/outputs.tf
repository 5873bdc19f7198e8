output "policy_ids" {
  description = "Ids of the traffic policies by name."
  value       = { for name, policy in aws_route53_traffic_policy.this : name => policy.id }
}
