# A REST API of API Gateway. Its endpoints, its stage and its domain are modules of their own.
#
# A private API can be called through the interface endpoints of `vpc_endpoint_ids` only, which its policy says as well.

locals {
  private = var.endpoint_type == "PRIVATE"
}

resource "aws_api_gateway_rest_api" "this" {
  name                         = var.name
  description                  = var.description
  api_key_source               = var.api_key_source
  binary_media_types           = length(var.binary_media_types) > 0 ? var.binary_media_types : null
  minimum_compression_size     = var.minimum_compression_size
  disable_execute_api_endpoint = var.disable_execute_api_endpoint

  endpoint_configuration {
    types            = [var.endpoint_type]
    vpc_endpoint_ids = local.private ? var.vpc_endpoint_ids : null
  }

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    create_before_destroy = true
    precondition {
      condition     = !local.private || length(var.vpc_endpoint_ids) > 0
      error_message = "A private API needs vpc_endpoint_ids: nobody could call it otherwise."
    }
  }
}

resource "aws_api_gateway_rest_api_policy" "this" {
  count = local.private ? 1 : 0

  rest_api_id = aws_api_gateway_rest_api.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "execute-api:Invoke"
      Resource  = "${aws_api_gateway_rest_api.this.execution_arn}/*"
      Condition = { StringEquals = { "aws:SourceVpce" = var.vpc_endpoint_ids } }
    }]
  })
}
