output "autoscaling_group_name" {
  description = "Name of the group of instances."
  value       = aws_autoscaling_group.this.name
}

output "launch_template_id" {
  description = "Id of the template that instances are started by."
  value       = aws_launch_template.this.id
}
