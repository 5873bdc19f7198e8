# A Lambda function, from an archive of code or a container image, each change published as a version.
#
# Its role, log group and alias are modules of their own. Environment variables are encrypted with the key of Lambda
# unless `kms_key_arn` names yours (checkov CKV_AWS_173). The function lies in no VPC (CKV_AWS_117), has no dead-letter
# queue (CKV_AWS_116), no reserved concurrency (CKV_AWS_115) and no traces (CKV_AWS_50) unless asked for: each is a
# choice with a price. Code signing (CKV_AWS_272) is for whoever has signing profiles.
#
# For provider 4 and later.

locals {
  repository_image = var.image_repository_url == null ? null : "${var.image_repository_url}:${var.image_tag}"
  in_vpc           = length(var.subnet_ids) > 0
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  description   = var.description
  role          = var.role_arn
  publish       = true

  package_type      = var.package_type
  filename          = var.filename
  source_code_hash  = var.source_code_hash
  s3_bucket         = var.s3_bucket
  s3_key            = var.s3_key
  s3_object_version = var.s3_object_version
  image_uri         = var.image_uri == null ? local.repository_image : var.image_uri

  handler       = var.handler
  runtime       = var.runtime
  layers        = var.layers
  architectures = [var.architecture]

  memory_size                    = var.memory_size
  timeout                        = var.timeout
  reserved_concurrent_executions = var.reserved_concurrent_executions
  kms_key_arn                    = var.kms_key_arn

  dynamic "image_config" {
    for_each = var.image_config == null ? [] : [var.image_config]
    content {
      command           = image_config.value.command
      entry_point       = image_config.value.entry_point
      working_directory = image_config.value.working_directory
    }
  }

  dynamic "environment" {
    for_each = length(var.environment_variables) > 0 ? [var.environment_variables] : []
    content {
      variables = environment.value
    }
  }

  dynamic "vpc_config" {
    for_each = local.in_vpc ? [var.subnet_ids] : []
    content {
      subnet_ids         = vpc_config.value
      security_group_ids = var.security_group_ids
    }
  }

  dynamic "dead_letter_config" {
    for_each = var.dead_letter_target_arn == null ? [] : [var.dead_letter_target_arn]
    content {
      target_arn = dead_letter_config.value
    }
  }

  tracing_config {
    mode = var.tracing_mode
  }

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    precondition {
      condition     = var.package_type == "Image" || length(compact([var.filename, var.s3_bucket])) == 1
      error_message = "A function of package type Zip needs its code from filename or from s3_bucket and s3_key."
    }
    precondition {
      condition     = var.package_type == "Zip" || length(compact([var.image_uri, var.image_repository_url])) == 1
      error_message = "A function of package type Image needs image_uri, or image_repository_url and image_tag."
    }
  }
}
