output "parameter_names" {
  description = "Names of the parameters, by key."
  value       = { for key, parameter in aws_ssm_parameter.this : key => parameter.name }
}

output "parameter_arns" {
  description = "ARNs of the parameters, by key."
  value       = { for key, parameter in aws_ssm_parameter.this : key => parameter.arn }
}
