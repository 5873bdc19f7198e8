output "certificate_arn" {
  description = "ARN of the certificate, known when it is valid."
  value       = aws_acm_certificate_validation.this.certificate_arn
}
