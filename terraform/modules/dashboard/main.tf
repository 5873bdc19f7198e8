# A dashboard of CloudWatch with one graph for each entry of `graphs`, three in a row.

locals {
  keys = sort(keys(var.graphs))
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for index, key in local.keys : {
        type   = "metric"
        x      = 8 * (index % 3)
        y      = 6 * floor(index / 3)
        width  = 8
        height = 6
        properties = {
          title   = var.graphs[key].title
          region  = var.region
          view    = "timeSeries"
          stat    = var.graphs[key].statistic
          period  = 300
          metrics = [for metric in var.graphs[key].metrics : concat([var.graphs[key].namespace, metric.name], flatten([for name in sort(keys(metric.dimensions)) : [name, metric.dimensions[name]]]))]
        }
      }
    ]
  })
}
