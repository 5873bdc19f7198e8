# A file of this machine as an object in a bucket.
#
# The key should change with the content, for instance by holding its digest: an object under a key is uploaded once.
# Objects are encrypted as their bucket says; name a `kms_key_id` for a key of your own (checkov CKV_AWS_186).
#
# For provider 4 and later.

resource "aws_s3_object" "this" {
  bucket     = var.bucket
  key        = var.key
  source     = var.source_path
  kms_key_id = var.kms_key_id

  tags = merge(var.tags, { Name = var.key })
}
