# A rule of EventBridge, on a schedule or for events of a pattern, with the one target that it calls.

resource "aws_cloudwatch_event_rule" "this" {
  name                = var.name
  description         = var.description
  schedule_expression = var.schedule_expression
  event_pattern       = var.event_pattern
  event_bus_name      = var.event_bus_name

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    precondition {
      condition     = var.schedule_expression != null || var.event_pattern != null
      error_message = "A rule needs a schedule_expression or an event_pattern."
    }
  }
}

resource "aws_cloudwatch_event_target" "this" {
  rule           = aws_cloudwatch_event_rule.this.name
  event_bus_name = aws_cloudwatch_event_rule.this.event_bus_name
  arn            = var.target_arn
  input          = var.input
}
