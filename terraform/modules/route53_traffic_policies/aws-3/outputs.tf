output "policy_ids" {
  description = "Ids of the traffic policies by name."
  value       = { for name, policy in terraform_data.this : name => policy.id }
}
