# A dashboard of CloudWatch for an API: how often it is called, how long answers take, how many are errors.

data "aws_region" "current" {}

locals {
  region     = data.aws_region.current.id # `name` until provider 5, `region` since provider 6, `id` in both
  dimensions = var.rest ? ["ApiName", var.api_name, "Stage", var.stage_name] : ["ApiId", var.api_id, "Stage", var.stage_name]
  errors     = var.rest ? ["4XXError", "5XXError"] : ["4xx", "5xx"]
  graphs = [
    { title = "Calls", metrics = ["Count"], statistic = "Sum" },
    { title = "Errors", metrics = local.errors, statistic = "Sum" },
    { title = "Latency, in ms (99 of 100)", metrics = ["Latency", "IntegrationLatency"], statistic = "p99" },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for index, graph in local.graphs : {
        type   = "metric"
        x      = 8 * index
        y      = 0
        width  = 8
        height = 6
        properties = {
          title   = graph.title
          region  = local.region
          view    = "timeSeries"
          period  = 300
          stat    = graph.statistic
          metrics = [for metric in graph.metrics : concat(["AWS/ApiGateway", metric], local.dimensions)]
        }
      }
    ]
  })
}
