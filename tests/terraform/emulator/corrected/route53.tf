resource "aws_route53_zone" "public" {
  name = "example.com"
}

resource "aws_route53_zone" "private" {
  name = "internal.example.com"

  vpc {
    vpc_id = aws_vpc.this.id
  }

  lifecycle {
    ignore_changes = [vpc]
  }
}

resource "aws_route53_zone_association" "other" {
  zone_id = aws_route53_zone.private.zone_id
  vpc_id  = aws_vpc.other.id
}

resource "aws_cloudwatch_log_group" "queries" {
  name = "/aws/route53/example.com"
}

resource "aws_cloudwatch_log_resource_policy" "queries" {
  policy_name = "route53"
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = "arn:aws:logs:*:*:log-group:/aws/route53/*"
      Principal = { Service = "route53.amazonaws.com" }
    }]
  })
}

resource "aws_route53_query_log" "this" {
  depends_on               = [aws_cloudwatch_log_resource_policy.queries]
  cloudwatch_log_group_arn = aws_cloudwatch_log_group.queries.arn
  zone_id                  = aws_route53_zone.public.zone_id
}
