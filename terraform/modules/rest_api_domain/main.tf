# A name of one's own for a stage of a REST API. The record that leads to it is made by whoever has the zone.

resource "aws_api_gateway_domain_name" "this" {
  domain_name              = var.domain_name
  security_policy          = "TLS_1_2"
  certificate_arn          = var.endpoint_type == "EDGE" ? var.certificate_arn : null
  regional_certificate_arn = var.endpoint_type == "REGIONAL" ? var.certificate_arn : null

  endpoint_configuration {
    types = [var.endpoint_type]
  }

  tags = merge(var.tags, { Name = var.domain_name })
}

resource "aws_api_gateway_base_path_mapping" "this" {
  domain_name = aws_api_gateway_domain_name.this.domain_name
  api_id      = var.api_id
  stage_name  = var.stage_name
  base_path   = var.base_path
}
