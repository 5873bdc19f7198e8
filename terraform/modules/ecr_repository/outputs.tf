output "repository_url" {
  description = "URL that images are pushed to and pulled from, without a tag. Known when the access policy is in place."
  value       = aws_ecr_repository.this.repository_url

  depends_on = [aws_ecr_repository_policy.lambda]
}

output "repository_name" {
  description = "Name of the repository."
  value       = aws_ecr_repository.this.name
}

output "repository_arn" {
  description = "ARN of the repository."
  value       = aws_ecr_repository.this.arn
}
