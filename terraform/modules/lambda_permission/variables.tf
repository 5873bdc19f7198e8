variable "statement_id" {
  description = "Name of the statement in the function's policy."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,100}$", var.statement_id))
    error_message = "The statement_id must be 1 to 100 letters, digits, - or _."
  }
}

variable "function_name" {
  description = "Name of the function."
  type        = string
}

variable "qualifier" {
  description = "Alias or version that may be invoked; null for the function as it is now."
  type        = string
  default     = null
}

variable "principal" {
  description = "The service that may invoke the function, such as events.amazonaws.com."
  type        = string
}

variable "source_arn" {
  description = "ARN of the one source that it may do so for."
  type        = string
}

variable "this_account_only" {
  description = "Whether the source must belong to this account: for buckets, whose ARNs do not tell."
  type        = bool
  default     = false
}
