# A private bucket: encrypted, versioned, closed to the public, reached over TLS only.
#
# It has no access log, replication or notifications of its own (checkov CKV_AWS_18, CKV_AWS_144, CKV2_AWS_62): whoever
# owns the data decides about those.
#
# For provider 3, where versioning, encryption and lifecycle are blocks of the bucket itself.
# Provider 3 cannot switch access control lists off (checkov CKV2_AWS_65): the bucket's own list is private, and the
# public access block refuses any other.

resource "aws_s3_bucket" "this" {
  bucket        = var.exact_name ? lower(var.name) : null
  bucket_prefix = var.exact_name ? null : "${substr(lower(var.name), 0, 36)}-"
  acl           = "private"
  force_destroy = var.force_destroy

  versioning {
    enabled = var.versioning
  }

  server_side_encryption_configuration {
    rule {
      bucket_key_enabled = var.kms_key_id != null

      apply_server_side_encryption_by_default {
        sse_algorithm     = var.kms_key_id == null ? "AES256" : "aws:kms"
        kms_master_key_id = var.kms_key_id
      }
    }
  }

  lifecycle_rule {
    id                                     = "expire"
    enabled                                = true
    abort_incomplete_multipart_upload_days = 7

    dynamic "expiration" {
      for_each = coalesce(var.expiration_days, 0) > 0 ? [var.expiration_days] : []
      content {
        days = expiration.value
      }
    }

    dynamic "noncurrent_version_expiration" {
      for_each = var.noncurrent_expiration_days == null ? [] : [var.noncurrent_expiration_days]
      content {
        days = noncurrent_version_expiration.value
      }
    }
  }

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

data "aws_caller_identity" "current" {}

locals {
  refuse_plain_http = {
    Sid       = "RefusePlainHttp"
    Effect    = "Deny"
    Principal = "*"
    Action    = "s3:*"
    Resource  = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }

  # What AWS asks for: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html
  deliver_logs = [
    {
      Sid       = "DeliverLogs"
      Effect    = "Allow"
      Principal = { Service = "delivery.logs.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.this.arn}/*"
      Condition = {
        StringEquals = {
          "s3:x-amz-acl"      = "bucket-owner-full-control"
          "aws:SourceAccount" = data.aws_caller_identity.current.account_id
        }
      }
    },
    {
      Sid       = "LookBeforeDelivery"
      Effect    = "Allow"
      Principal = { Service = "delivery.logs.amazonaws.com" }
      Action    = ["s3:GetBucketAcl", "s3:ListBucket"]
      Resource  = aws_s3_bucket.this.arn
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    },
  ]
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat([local.refuse_plain_http], [for statement in local.deliver_logs : statement if var.log_delivery])
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket = aws_s3_bucket.this.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
