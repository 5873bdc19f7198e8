variable "name" {
  description = "Name of the alias."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,128}$", var.name)) && !can(regex("^[0-9]+$", var.name))
    error_message = "The name must be 1 to 128 letters, digits, - or _, and no number."
  }
}

variable "description" {
  description = "What the alias is for."
  type        = string
  default     = null
}

variable "function_name" {
  description = "Name of the function."
  type        = string
}

variable "function_version" {
  description = "The published version that the alias stands for."
  type        = string
}

variable "additional_version_weights" {
  description = "Other versions that get a part of the calls: version to weight between 0 and 1."
  type        = map(number)
  default     = {}

  validation {
    condition     = alltrue([for weight in values(var.additional_version_weights) : weight >= 0 && weight <= 1])
    error_message = "The additional_version_weights must be between 0 and 1."
  }
}

variable "provisioned_concurrent_executions" {
  description = "Instances that are kept warm for the alias; null for none."
  type        = number
  default     = null

  validation {
    condition     = var.provisioned_concurrent_executions == null || try(var.provisioned_concurrent_executions >= 1, false)
    error_message = "The provisioned_concurrent_executions must be at least 1."
  }
}
