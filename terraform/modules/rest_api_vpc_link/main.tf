# A way from REST APIs into a VPC, to a network load balancer.

resource "aws_api_gateway_vpc_link" "this" {
  name        = var.name
  description = "From REST APIs to a load balancer"
  target_arns = [var.load_balancer_arn]

  tags = merge(var.tags, { Name = var.name })
}
