variable "topic_arn" {
  description = "ARN of the topic."
  type        = string
}

variable "protocol" {
  description = "How messages are delivered: lambda, sqs, https, email, …."
  type        = string
  default     = "lambda"
}

variable "endpoint" {
  description = "Where messages are delivered to: the ARN of a function or a queue, a URL, an address."
  type        = string
}

variable "filter_policy" {
  description = "Which messages are delivered, by their attributes, in JSON; null for all."
  type        = string
  default     = null

  validation {
    condition     = var.filter_policy == null || can(jsondecode(var.filter_policy))
    error_message = "The filter_policy must be JSON."
  }
}
