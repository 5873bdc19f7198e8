# A way from HTTP APIs into a VPC, to load balancers and services of Cloud Map.

resource "aws_apigatewayv2_vpc_link" "this" {
  name               = var.name
  subnet_ids         = var.subnet_ids
  security_group_ids = var.security_group_ids

  tags = merge(var.tags, { Name = var.name })
}
