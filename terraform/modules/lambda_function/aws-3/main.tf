# A Lambda function, from an archive of code or a container image, each change published as a version.
#
# Its role, log group and alias are modules of their own. Environment variables are encrypted with the key of Lambda
# unless `kms_key_arn` names yours (checkov CKV_AWS_173). The function lies in no VPC (CKV_AWS_117), has no dead-letter
# queue (CKV_AWS_116), no reserved concurrency (CKV_AWS_115) and no traces (CKV_AWS_50) unless asked for: each is a
# choice with a price. Code signing (CKV_AWS_272) is for whoever has signing profiles.
#
# For provider 3, which knows runtimes up to the year 2021, one architecture, and sees a difference in every plan of a
# published function in a VPC. So that the same vars work with it, a younger runtime is replaced by the youngest of its
# kind that the provider knows, and a function in a VPC is not published; a warning says so.

locals {
  known_runtimes = [
    "nodejs10.x", "nodejs12.x", "nodejs14.x", "java8", "java8.al2", "java11", "python2.7", "python3.6", "python3.7",
    "python3.8", "dotnetcore2.1", "dotnetcore3.1", "go1.x", "ruby2.5", "ruby2.7", "provided", "provided.al2",
  ]
  youngest_runtimes = {
    nodejs   = "nodejs14.x"
    java     = "java11"
    python   = "python3.8"
    dotnet   = "dotnetcore3.1"
    ruby     = "ruby2.7"
    provided = "provided.al2"
  }
  runtime_kind = var.runtime == null ? null : try(regex("^[a-z]+", var.runtime), null)
  runtime = var.runtime == null || contains(local.known_runtimes, coalesce(var.runtime, "none")) ? var.runtime : (
    lookup(local.youngest_runtimes, coalesce(local.runtime_kind, "none"), var.runtime)
  )

  repository_image = var.image_repository_url == null ? null : "${var.image_repository_url}:${var.image_tag}"
  in_vpc           = length(var.subnet_ids) > 0
}

check "provider" {
  assert {
    condition     = local.runtime == var.runtime
    error_message = "Provider 3 does not know the runtime ${coalesce(var.runtime, "none")}: ${coalesce(local.runtime, "none")} takes its place."
  }
  assert {
    condition     = var.architecture == "x86_64"
    error_message = "Provider 3 does not know the architecture ${var.architecture}: x86_64 takes its place."
  }
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  description   = var.description
  role          = var.role_arn
  publish       = !local.in_vpc

  package_type      = var.package_type
  filename          = var.filename
  source_code_hash  = var.source_code_hash
  s3_bucket         = var.s3_bucket
  s3_key            = var.s3_key
  s3_object_version = var.s3_object_version
  image_uri         = var.image_uri == null ? local.repository_image : var.image_uri

  handler = var.handler
  runtime = local.runtime
  layers  = var.layers

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
