variable "bucket" {
  description = "Name of the bucket."
  type        = string
}

variable "function_arn" {
  description = "ARN of the function, or of one of its aliases, which S3 must be permitted to invoke."
  type        = string
}

variable "events" {
  description = "What to tell of, such as s3:ObjectCreated:*."
  type        = list(string)
  default     = ["s3:ObjectCreated:*"]

  validation {
    condition     = length(var.events) > 0 && alltrue([for event in var.events : startswith(event, "s3:")])
    error_message = "The events must be names that begin with s3: and at least one of them."
  }
}

variable "filter_prefix" {
  description = "How the keys of the objects begin; null for all."
  type        = string
  default     = null
}

variable "filter_suffix" {
  description = "How the keys of the objects end; null for all."
  type        = string
  default     = null
}
