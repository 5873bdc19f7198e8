output "role_arns" {
  description = "ARNs of the roles, by key, known when their policies are attached."
  value       = { for key, role in aws_iam_role.this : key => role.arn }

  depends_on = [aws_iam_role_policy_attachment.this]
}

output "role_names" {
  description = "Names of the roles, by key."
  value       = { for key, role in aws_iam_role.this : key => role.name }
}

output "instance_profile_names" {
  description = "Names of the instance profiles of the roles that EC2 assumes, by key."
  value       = { for key, profile in aws_iam_instance_profile.this : key => profile.name }
}
