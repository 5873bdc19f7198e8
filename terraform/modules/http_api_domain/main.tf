# A name of one's own for a stage of an HTTP API. The record that leads to it is made by whoever has the zone.

resource "aws_apigatewayv2_domain_name" "this" {
  domain_name = var.domain_name

  domain_name_configuration {
    certificate_arn = var.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }

  tags = merge(var.tags, { Name = var.domain_name })
}

resource "aws_apigatewayv2_api_mapping" "this" {
  domain_name     = aws_apigatewayv2_domain_name.this.domain_name
  api_id          = var.api_id
  stage           = var.stage_name
  api_mapping_key = var.base_path
}
