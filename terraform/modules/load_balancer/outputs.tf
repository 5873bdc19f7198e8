output "load_balancer_arn" {
  description = "ARN of the load balancer."
  value       = aws_lb.this.arn
}

output "load_balancer_arn_suffix" {
  description = "What CloudWatch calls the load balancer."
  value       = aws_lb.this.arn_suffix
}

output "dns_name" {
  description = "Name of the host that the load balancer is reached by."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "Id of the hosted zone of that name, for alias records."
  value       = aws_lb.this.zone_id
}

output "listener_arn" {
  description = "ARN of the listener, known when its rules are there."
  value       = aws_lb_listener.this.arn

  depends_on = [aws_lb_listener_rule.this]
}

output "target_group_arns" {
  description = "ARNs of the target groups, by key, known when the listener leads to them."
  value       = { for key, group in aws_lb_target_group.this : key => group.arn }

  depends_on = [aws_lb_listener_rule.this]
}
