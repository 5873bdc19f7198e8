resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name          = "metric"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "CPUUtilization"
  namespace           = "AWS/EC2"
  period              = 60
  statistic           = "Average"
  threshold           = 80
}

resource "aws_cloudwatch_composite_alarm" "this" {
  alarm_name        = "composite"
  alarm_description = "Both at once"
  alarm_rule        = "ALARM(${aws_cloudwatch_metric_alarm.this.alarm_name})"

  tags = {
    Name = "composite"
  }
}
