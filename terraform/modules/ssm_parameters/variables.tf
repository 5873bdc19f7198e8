variable "path" {
  description = "Path of the parameters, such as /acme/dev/shop."
  type        = string

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+){1,14}$", var.path))
    error_message = "The path must be /, letters, digits and _ . - in turn, as in /acme/dev/shop."
  }
}

variable "parameters" {
  description = "Values by the rest of the parameter's name."
  type        = map(string)
}

variable "kms_key_id" {
  description = "Id or ARN of the KMS key that encrypts the values; null for a key of AWS."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
