resource "aws_sqs_queue" "dead" {
  name = "dead"
}

resource "aws_sqs_queue" "this" {
  name = "this"
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 3
  })
}

resource "aws_lambda_function" "zip" {
  function_name                  = "zip"
  role                           = aws_iam_role.this.arn
  runtime                        = "python3.8"
  handler                        = "main.handler"
  filename                       = "${path.module}/function.zip"
  source_code_hash               = filebase64sha256("${path.module}/function.zip")
  publish                        = true
  reserved_concurrent_executions = 5

  dead_letter_config {
    target_arn = aws_sqs_queue.dead.arn
  }

  tracing_config {
    mode = "Active"
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.zip.function_name
  function_version = aws_lambda_function.zip.version
}

resource "aws_lambda_provisioned_concurrency_config" "this" {
  function_name                     = aws_lambda_function.zip.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = 2
}

resource "aws_ecr_repository" "this" {
  name = "this"
}

resource "aws_lambda_function" "image" {
  function_name = "image"
  role          = aws_iam_role.this.arn
  package_type  = "Image"
  image_uri     = "${aws_ecr_repository.this.repository_url}:latest"

  image_config {
    command           = ["main.handler"]
    entry_point       = ["/entry.sh"]
    working_directory = "/var/task"
  }
}

resource "aws_kms_key" "this" {
  description = "table"
}

resource "aws_dynamodb_table" "this" {
  name         = "this"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.this.arn
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_lambda_function" "plain_image" {
  function_name = "plain-image"
  role          = aws_iam_role.this.arn
  package_type  = "Image"
  image_uri     = "${aws_ecr_repository.this.repository_url}:latest"
}
