output "bucket" {
  description = "Name of the bucket."
  value       = aws_s3_bucket_object.this.bucket
}

output "key" {
  description = "Key of the object, known when it is there."
  value       = aws_s3_bucket_object.this.key
}

output "version_id" {
  description = "Version of the object, in a bucket that keeps versions."
  value       = aws_s3_bucket_object.this.version_id
}
