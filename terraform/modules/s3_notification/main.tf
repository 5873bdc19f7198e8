# Tells a Lambda function what happens in a bucket. A bucket has one such configuration: this module owns all of it.

resource "aws_s3_bucket_notification" "this" {
  bucket = var.bucket

  lambda_function {
    lambda_function_arn = var.function_arn
    events              = var.events
    filter_prefix       = var.filter_prefix
    filter_suffix       = var.filter_suffix
  }
}
